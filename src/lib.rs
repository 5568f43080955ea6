//! A headless glTF render server for Drake's *glTF Render Client-Server API*.
//!
//! A request goes one way through the house, and each layer knows only the ones it hands data to:
//!
//! ```text
//! HTTP bytes -> protocol::RenderRequest -> scene::Scene -> render::Frame -> encode -> HTTP bytes
//! ```
//!
//! [`protocol`], [`scene`], [`render`] and [`encode`] know nothing of HTTP; [`protocol`] and
//! [`scene`] know nothing of the GPU. [`pipeline`] is the only module that knows the whole way, and
//! both the server and the command line go through it. `ARCHITECTURE.md` draws the house.

pub mod cli;
pub mod commands;
pub mod compare;
pub mod config;
pub mod encode;
mod html;
pub mod logging;
mod lru;
pub mod pipeline;
pub mod pool;
pub mod protocol;
pub mod render;
pub mod request_id;
pub mod scene;
pub mod server;
mod simd;
pub mod tally;
