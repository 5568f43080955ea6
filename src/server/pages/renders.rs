//! The last images, on the status page of a server that is debugged.

use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path, block};
use actix_web::{HttpRequest, HttpResponse};

use super::escaped;
use super::plot::number_text;
use super::usage::shell_quoted;
use crate::protocol::{ErrorCode, Refusal, TextField};
use crate::server::app::App;
use crate::server::renders::Rendered;
use crate::server::{answer, routes};

/// The section with them; nothing if they are not kept.
pub fn section(app: &App) -> String {
    let Some(renders) = &app.renders else {
        return String::new();
    };
    let all: String = (renders.list().iter())
        .map(|render| item(render, &app.config.endpoint))
        .collect();
    let all = match &*all {
        "" => "<p>none yet</p>\n".to_owned(),
        all => format!("<ul class=\"renders\">\n{all}</ul>\n"),
    };
    format!(
        "<section id=\"renders\" aria-labelledby=\"renders-title\">\n\
         <h2 id=\"renders-title\">The last images</h2>\n{all}</section>\n"
    )
}

fn item(render: &Rendered, endpoint: &str) -> String {
    let number = render.number;
    let size = render.request.camera.size;
    let kind = render.request.image_type;
    let milliseconds = number_text(1e3 * render.worked.as_secs_f64());
    // A browser may still have the thumbnail of this number from before the server was started again.
    let id = escaped(render.id.as_ref().map_or("", |id| id.as_str()));
    let kilobytes = render.scene_bytes.div_ceil(1000);
    let scene = match render.scene {
        Some(_) => format!("<a href=\"/renders/{number}/scene\">scene</a> ({kilobytes} kB)"),
        None => format!("scene no longer kept ({kilobytes} kB)"),
    };
    let mut html = format!(
        "<li><a href=\"/renders/{number}/image\"><img src=\"/renders/{number}/thumbnail?{id}\" loading=\"lazy\" \
         alt=\"{kind} image {number}\"></a>\
         <p><b>{kind}</b> {} × {}, {milliseconds} ms, {scene}<br><code>{id}</code></p>",
        size.width, size.height,
    );
    if render.scene.is_some() {
        let command = repeat(render, endpoint);
        let _ = write!(
            html,
            "<details><summary>Repeat it</summary><pre tabindex=\"0\" aria-label=\"Commands\"><code>{}</code></pre></details>",
            escaped(&command)
        );
    }
    html.push_str("</li>\n");
    html
}

/// Commands that ask for the same again.
fn repeat(render: &Rendered, endpoint: &str) -> String {
    let mut command = format!(
        "curl -o scene.gltf $SERVER/renders/{}/scene\ncurl -o {}.{} $SERVER/{endpoint} -F scene=@scene.gltf",
        render.number,
        render.request.image_type,
        extension(render)
    );
    for (field, value) in render.request.fields() {
        // Names of objects may look like what curl takes for a file.
        let option = match field {
            TextField::Camera | TextField::Animation | TextField::Variant => "--form-string",
            _ => "-F",
        };
        let field = shell_quoted(&format!("{}={value}", field.as_str()));
        let _ = write!(command, " \\\n  {option} {field}");
    }
    command
}

fn extension(render: &Rendered) -> &'static str {
    match render.content_type {
        "image/tiff" => "tiff",
        _ => "png",
    }
}

/// `GET /renders/{number}/image`: as it was sent.
pub async fn image(app: Data<App>, number: Path<u64>, http: HttpRequest) -> HttpResponse {
    let Some(render) = find(&app, *number) else {
        return gone(&app, &http);
    };
    let name = format!("inline; filename=\"{}.{}\"", number, extension(&render));
    HttpResponse::Ok()
        .content_type(render.content_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(render.image.clone())
}

/// `GET /renders/{number}/scene`: as it was posted.
pub async fn scene(app: Data<App>, number: Path<u64>, http: HttpRequest) -> HttpResponse {
    let scene = find(&app, *number).and_then(|render| render.scene.clone());
    let Some(scene) = scene else {
        return gone(&app, &http);
    };
    let (kind, extension) = if scene.starts_with(b"glTF") {
        ("model/gltf-binary", "glb")
    } else {
        ("model/gltf+json", "gltf")
    };
    let name = format!("attachment; filename=\"{number}.{extension}\"");
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(scene)
}

/// `GET /renders/{number}/thumbnail`: a small picture of it. A page may ask for one that had to go meanwhile,
/// which is no fault of anybody.
pub async fn thumbnail(app: Data<App>, number: Path<u64>, http: HttpRequest) -> HttpResponse {
    if app.renders.is_none() {
        return gone(&app, &http);
    }
    let Some(render) = find(&app, *number) else {
        return HttpResponse::NoContent().finish();
    };
    if let Ok(Some(file)) = block(move || render.thumbnail()).await {
        return HttpResponse::Ok()
            .content_type("image/png")
            .insert_header((CACHE_CONTROL, "private, max-age=3600, immutable"))
            .body(file);
    }
    let message = "The image has no thumbnail.";
    answer::refusal(&Refusal::new(ErrorCode::Internal, message))
}

fn find(app: &App, number: u64) -> Option<Arc<Rendered>> {
    app.renders.as_ref()?.get(number)
}

fn gone(app: &App, http: &HttpRequest) -> HttpResponse {
    routes::not_found(http, &app.config.endpoint)
}
