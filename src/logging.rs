//! How the lines of the log look, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::env;
use std::io::Write as _;
use std::panic::set_hook;
use std::thread;

use env_logger::{Builder, Env};
use log::Record;
use log::kv::{self, Key, Value, VisitSource, VisitValue};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::cli::LogFormat;
use crate::request_id::RequestId;

/// Starts the log. The variable `RUST_LOG` overrides `filter`, and of `quiet`, which is for libraries, only
/// what it names itself. Each line names the request that it was written for, if any.
pub fn start(quiet: &str, filter: &str, format: LogFormat) {
    let mut builder = Builder::new();
    builder.parse_filters(quiet);
    builder.parse_env(Env::default().default_filter_or(filter));
    if env::var_os("RUST_LOG").is_some_and(|given| given.is_empty()) {
        // Set to nothing, as by a file of settings, it is not set.
        builder.parse_filters(filter);
    }
    match format {
        // What the other values say is in the text, too.
        LogFormat::Text => builder.format_key_values(|line, _| match RequestId::current() {
            Some(id) => write!(line, " request_id={id}"),
            None => Ok(()),
        }),
        LogFormat::Json => builder.format(|line, record| {
            let text = Line {
                timestamp: line.timestamp_millis().to_string(),
                record,
            };
            serde_json::to_writer(&mut *line, &text)?;
            writeln!(line)
        }),
    };
    builder.init();
}

/// Has panics logged as errors, which name the request that they cost.
pub fn log_panics() {
    set_hook(Box::new(|panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("without a name");
        let trace = Backtrace::capture();
        match trace.status() {
            BacktraceStatus::Captured => log::error!("The thread {name} {panic}\n{trace}"),
            _ => log::error!("The thread {name} {panic}"),
        }
    }));
}

/// A line as a JSON object.
struct Line<'r> {
    timestamp: String,
    record: &'r Record<'r>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("level", self.record.level().as_str())?;
        map.serialize_entry("target", self.record.target())?;
        map.serialize_entry("message", self.record.args())?;
        if let Some(id) = RequestId::current() {
            map.serialize_entry("request_id", id.as_str())?;
        }
        let mut fields = Fields {
            map: &mut map,
            failed: None,
        };
        let all = self.record.key_values().visit(&mut fields);
        match fields.failed {
            Some(error) => return Err(error),
            None => all.map_err(serde::ser::Error::custom)?,
        }
        map.end()
    }
}

/// Writes the values of a record into a map, but those that are not there.
struct Fields<'m, M: SerializeMap> {
    map: &'m mut M,
    failed: Option<M::Error>,
}

impl<'kvs, M: SerializeMap> VisitSource<'kvs> for Fields<'_, M> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        value.visit(Field {
            key: key.as_str(),
            fields: self,
        })
    }
}

/// Where a value goes.
struct Field<'f, 'm, M: SerializeMap> {
    key: &'f str,
    fields: &'f mut Fields<'m, M>,
}

impl<M: SerializeMap> Field<'_, '_, M> {
    fn write(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), kv::Error> {
        let written = self.fields.map.serialize_entry(self.key, value);
        written.map_err(|error| {
            self.fields.failed = Some(error);
            kv::Error::msg("a value cannot be written")
        })
    }
}

impl<M: SerializeMap> VisitValue<'_> for Field<'_, '_, M> {
    fn visit_any(&mut self, value: Value) -> Result<(), kv::Error> {
        self.write(&value.to_string())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.write(&value)
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.write(&value)
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.write(&value)
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.write(&value)
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.write(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use serde_json::{Value as Json, json};

    use super::*;

    fn line(message: &str, values: &dyn kv::Source) -> Json {
        let args = format_args!("{message}");
        let record = Record::builder()
            .args(args)
            .level(log::Level::Warn)
            .target("here")
            .key_values(&values)
            .build();
        let text = serde_json::to_string(&Line {
            timestamp: "now".to_owned(),
            record: &record,
        });
        let text = text.unwrap();
        assert!(!text.contains('\n'), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_line_is_one_object_whatever_it_says() {
        let message = "\"}\n\u{1b}[31m\\ \u{e9}";
        let expected = json!({"timestamp": "now", "level": "WARN", "target": "here",
            "message": message});
        assert_eq!(line(message, &("", Value::null())), expected);
    }

    #[test]
    fn values_keep_their_types_and_those_not_there_are_left_out() {
        let values = [
            ("count", Value::from(7_u32)),
            ("milliseconds", Value::from(1.5)),
            ("path", Value::from("/a\"b")),
            ("is_late", Value::from(true)),
            ("none", Value::null()),
            (
                "client",
                Value::from_display(&std::net::Ipv4Addr::LOCALHOST),
            ),
        ];
        let found = line("x", &values.as_slice());
        assert_eq!(found["count"], 7);
        assert_eq!(found["milliseconds"], 1.5);
        assert_eq!(found["path"], "/a\"b");
        assert_eq!(found["is_late"], true);
        assert_eq!(found["client"], "127.0.0.1");
        assert_eq!(found.get("none"), None);
        assert_eq!(found.get("request_id"), None);
    }

    #[test]
    fn a_line_names_its_request() {
        let found = RequestId::within(RequestId::given("r1"), || line("x", &[("a", 1)].as_slice()));
        assert_eq!(found["request_id"], "r1");
    }
}
