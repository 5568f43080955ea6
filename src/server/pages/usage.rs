//! The lines that one copies from the status page.

use actix_web::HttpRequest;

/// How the one who asks reaches this server, such as `http://127.0.0.1:8000`: as a proxy says or, without
/// one, as the client itself did. What could not stand in a command is replaced.
pub fn base_url(http: &HttpRequest) -> String {
    let connection = http.connection_info();
    let scheme = match connection.scheme() {
        "https" => "https",
        _ => "http",
    };
    let host = connection.host();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let host = if !host.is_empty() && host.bytes().all(is_plain) {
        host
    } else {
        "localhost"
    };
    format!("{scheme}://{host}")
}

/// Two lines of Python.
pub fn drake(base: &str, endpoint: &str) -> String {
    let endpoint = match endpoint {
        "render" => String::new(),
        other => format!(", render_endpoint=\"{other}\""),
    };
    format!(
        "scene_graph.AddRenderer(\"remote\", MakeRenderEngineGltfClient(\n    \
         RenderEngineGltfClientParams(base_url=\"{base}\"{endpoint})))"
    )
}

/// A command that renders the sample, with the camera that is in it.
pub fn curl(base: &str, endpoint: &str) -> String {
    format!(
        "curl -O {base}/sample.glb\n\
         curl -o color.png {base}/{endpoint} \\\n  \
         -F image_type=color -F width=640 -F height=480 -F scene=@sample.glb"
    )
}

/// A word for a shell, whatever is in it.
pub fn shell_quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.,=/:@+".contains(&b);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_base_is_what_the_client_asked() {
        let asked = |host: &str| {
            let request = TestRequest::default().insert_header(("Host", host));
            base_url(&request.to_http_request())
        };
        assert_eq!(asked("render.lab:8000"), "http://render.lab:8000");
        assert_eq!(asked("[::1]:8000"), "http://[::1]:8000");
        for hostile in ["a;rm", "a b", "$(a)", "\"a"] {
            assert_eq!(asked(hostile), "http://localhost", "{hostile}");
        }
        let request = TestRequest::default()
            .insert_header(("Host", "inside:1"))
            .insert_header(("X-Forwarded-Proto", "https"))
            .insert_header(("X-Forwarded-Host", "render.example"));
        assert_eq!(
            base_url(&request.to_http_request()),
            "https://render.example"
        );
    }

    #[test]
    fn drake_is_told_of_another_endpoint() {
        assert!(!drake("http://a", "render").contains("render_endpoint"));
        assert!(drake("http://a", "x/y").contains("render_endpoint=\"x/y\""));
        assert!(curl("http://a", "x/y").contains("http://a/x/y "));
    }

    #[test]
    fn a_shell_reads_one_word() {
        assert_eq!(shell_quoted("width=640"), "width=640");
        assert_eq!(shell_quoted("camera=a b"), "'camera=a b'");
        assert_eq!(shell_quoted("a'$(x)"), "'a'\\''$(x)'");
        assert_eq!(shell_quoted(""), "''");
    }
}
