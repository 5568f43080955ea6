//! What is wrong before there is a form.

use super::{Row, Sent, good, view};
use crate::harness::multipart::Form;

fn body() -> Vec<u8> {
    Form::drake("color", &view(), &good().bytes()).encode()
}

/// A request of these header lines, beside those that each has, and this body.
fn request(headers: &str, body: &[u8]) -> Sent {
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: {}\r\n{headers}\r\n",
        Form::content_type()
    );
    Sent::Raw([head.as_bytes(), body].concat())
}

fn row(name: &'static str, sent: Sent, status: u16, code: &'static str) -> Row {
    Row {
        name,
        sent,
        status,
        code,
    }
}

/// The rows of the table.
pub(super) fn rows() -> Vec<Row> {
    let body = body();
    let length = body.len();
    let chunk = [format!("{length:x}\r\n").as_bytes(), &body, b"\r\n"].concat();
    let raw = |bytes: &[u8]| Sent::Raw(bytes.to_vec());
    let bare = |line: &str| raw(format!("{line} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes());
    let other = |content_type: &str| Sent::Body(content_type.to_owned(), body.clone());
    vec![
        row(
            "a length and another one",
            request(
                &format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
                &body,
            ),
            400,
            "",
        ),
        row(
            "a length and chunks",
            request(
                &format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
                &[&chunk[..], b"0\r\n\r\n"].concat(),
            ),
            400,
            "",
        ),
        row(
            "a length of 20 digits",
            request("Content-Length: 99999999999999999999\r\n", &body),
            400,
            "",
        ),
        row(
            "a negative length",
            request("Content-Length: -1\r\n", &body),
            400,
            "",
        ),
        row(
            "a length of 400 GB",
            request("Content-Length: 400000000000\r\n", &body),
            413,
            "body_too_large",
        ),
        row(
            "a length that never arrives",
            request(
                &format!("Content-Length: {}\r\n", length + 1000),
                &body[..1000],
            ),
            408,
            "body_timeout",
        ),
        row(
            "chunks without an end",
            request(
                "Transfer-Encoding: chunked\r\n",
                &chunk[..chunk.len() - 100],
            ),
            408,
            "body_timeout",
        ),
        row(
            "a chunk of more than 2⁶⁴ bytes",
            request(
                "Transfer-Encoding: chunked\r\n",
                b"ffffffffffffffffff\r\nabc",
            ),
            400,
            "bad_form",
        ),
        row(
            "a chunk whose length is no number",
            request("Transfer-Encoding: chunked\r\n", b"xyz\r\nabc\r\n0\r\n\r\n"),
            400,
            "bad_form",
        ),
        row(
            "a header of a megabyte",
            request(&format!("X-Long: {}\r\n", "x".repeat(1 << 20)), b""),
            431,
            "",
        ),
        row(
            "ten thousand headers",
            request(&"X-Many: 1\r\n".repeat(10_000), b""),
            431,
            "",
        ),
        row(
            "a request without an end",
            raw(b"POST /render HTTP/1.1\r\nHost: te"),
            408,
            "",
        ),
        row(
            "what is not HTTP",
            raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
            400,
            "",
        ),
        row(
            "a path out of the house",
            bare("GET /../../etc/passwd"),
            404,
            "not_found",
        ),
        row(
            "the same, escaped",
            bare("GET /%2e%2e%2f%2e%2e%2fetc%2fpasswd%00"),
            404,
            "not_found",
        ),
        row(
            "another method",
            bare("DELETE /render"),
            405,
            "method_not_allowed",
        ),
        row(
            "a body that is compressed",
            request(
                "Content-Encoding: gzip\r\nContent-Length: 10\r\n",
                b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            ),
            400,
            "bad_form",
        ),
        row(
            "no form but JSON",
            other("application/json"),
            400,
            "bad_form",
        ),
        row(
            "another boundary",
            other("multipart/form-data; boundary=other"),
            400,
            "bad_form",
        ),
        row("no boundary", other("multipart/form-data"), 400, "bad_form"),
        row(
            "a boundary of 20,000 letters",
            other(&format!(
                "multipart/form-data; boundary={}",
                "b".repeat(20_000)
            )),
            400,
            "bad_form",
        ),
        row(
            "a form in a form",
            Sent::Body(
                Form::content_type(),
                String::from_utf8_lossy(&body[..200])
                    .replace(
                        "\r\n\r\n",
                        "\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n",
                    )
                    .into_bytes(),
            ),
            400,
            "bad_form",
        ),
        row(
            "a form cut off in the scene",
            Sent::Body(Form::content_type(), body[..length - 500].to_vec()),
            400,
            "bad_form",
        ),
        row(
            "a form cut off in a header",
            Sent::Body(Form::content_type(), body[..90].to_vec()),
            400,
            "bad_form",
        ),
        row(
            "no body",
            Sent::Body(Form::content_type(), Vec::new()),
            400,
            "bad_form",
        ),
    ]
}
