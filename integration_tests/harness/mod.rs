//! What the tests are built from: the server as a process, a client, decoders, comparisons, scenes
//! made in code and analytic truths.

pub mod case;
pub mod client;
pub mod decode;
pub mod expect;
pub mod gltf;
pub mod images;
pub mod meshes;
pub mod multipart;
pub mod page;
pub mod report;
pub mod server;
pub mod shading;
pub mod truth;
pub mod view;

/// Lists test functions as trials, named by module and function.
macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        /// The tests of this module.
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap();
            vec![$(libtest_mimic::Trial::test(
                format!("{module}::{}", stringify!($name)),
                || { $name(); Ok(()) },
            )),*]
        }
    };
}
pub(crate) use trials;
