//! The pages for people: the status page and the upload form. Both work without scripts.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::Data;
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::kept::{self, Kept};
use crate::tally::CacheCounts;

const STYLE: &str = include_str!("pages/style.css");
const STATUS: &str = include_str!("pages/status.html");
const ADAPTER: &str = include_str!("pages/adapter.html");
const FORM: &str = include_str!("pages/form.html");

/// A page has the style that is written in it, an icon that is nothing, and a form for this server: no
/// scripts, nothing from elsewhere, and no place in other sites.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = base64_simd::STANDARD.encode_to_string(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
});

/// `GET /`: what the server does, and to those who debug it, what it is.
pub async fn status(app: Data<App>) -> HttpResponse {
    let counters = app.pool.counters();
    let counts = app.counts.list().into_iter();
    let mut rows: Vec<String> = counts
        .map(|(image_type, status, count)| {
            format!("<tr><td>{image_type}</td><td>{status}</td><td>{count}</td></tr>")
        })
        .collect();
    if rows.is_empty() {
        rows.push("<tr><td colspan=\"3\">none yet</td></tr>".to_owned());
    }
    let (version, detail) = if app.config.debug {
        (concat!(" ", env!("CARGO_PKG_VERSION")), ADAPTER)
    } else {
        ("", "")
    };
    let kept: String = kept::list(&app).iter().map(kept_rows).collect();
    page(
        STATUS,
        &[
            ("version", version),
            ("adapter", &app.adapter.name),
            ("kind", &app.adapter.kind),
            ("driver", &app.adapter.driver),
            ("backend", &app.adapter.backend),
            ("workers", &counters.workers.to_string()),
            ("busy", &counters.busy.to_string()),
            ("queued", &counters.queued.to_string()),
            ("queue", &app.config.queue.to_string()),
            ("done", &counters.done.to_string()),
            ("skipped", &counters.skipped.to_string()),
            ("panicked", &counters.panicked.to_string()),
            ("uptime", &duration(app.started.elapsed())),
            ("endpoint", &app.config.endpoint),
        ],
        &[
            ("detail", detail),
            ("rows", &rows.join("\n")),
            ("kept_rows", &kept),
        ],
    )
}

/// How well a cache works: a row for each kind of thing in it, which share what it may take.
fn kept_rows(kept: &Kept) -> String {
    let (limit, span) = (mebibytes(kept.limit), kept.kinds.len());
    let limit = format!("<td rowspan=\"{span}\">{limit}</td>");
    let rows = kept.kinds.iter().enumerate();
    let rows = rows.map(|(number, kind)| {
        let name = kind.name;
        let limit = if number == 0 { &*limit } else { "" };
        let CacheCounts {
            hits,
            misses,
            evictions,
            bytes,
        } = kind.counts;
        let bytes = mebibytes(bytes);
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{hits}</td><td>{misses}</td><td>{evictions}</td>\
             <td>{bytes}</td>{limit}</tr>\n"
        )
    });
    rows.collect()
}

/// To a tenth.
fn mebibytes(bytes: usize) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// `GET /render`: the form.
pub async fn form(app: Data<App>) -> HttpResponse {
    page(FORM, &[("endpoint", &app.config.endpoint)], &[])
}

/// Fills a page: `{{name}}` stands for one of the `texts`, which are escaped, or of the `parts`,
/// which are HTML.
fn page(template: &str, texts: &[(&str, &str)], parts: &[(&str, &str)]) -> HttpResponse {
    let mut html = template.replace("{{style}}", STYLE);
    for (name, part) in parts {
        html = html.replace(&format!("{{{{{name}}}}}"), part);
    }
    for (name, text) in texts {
        html = html.replace(&format!("{{{{{name}}}}}"), &escaped(text));
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .body(html)
}

fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                // So that no text can name a placeholder.
                '{' => html.push_str("&#123;"),
                c => html.push(c),
            }
            html
        })
}

/// Such as `2 d 3 h`, `3 h 4 min` or `5 s`: the two greatest units.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_html_or_a_placeholder() {
        assert_eq!(
            escaped("<a b=\"{{x}}\">&"),
            "&lt;a b=&quot;&#123;&#123;x}}&quot;&gt;&amp;"
        );
    }

    #[test]
    fn durations_have_two_units() {
        for (seconds, text) in [
            (5, "5 s"),
            (125, "2 min 5 s"),
            (3_660, "1 h 1 min"),
            (180_000, "2 d 2 h"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
