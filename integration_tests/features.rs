//! `docs/features.md` says of each extension what the code does with it, and of no other; and each
//! core feature that it lists has a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use gltf_render_server::scene::{EXTENSIONS, Support};

use crate::harness::trials;

trials![
    the_table_of_extensions_is_that_of_the_code,
    every_core_feature_has_a_test,
];

/// The rows of the core table, and for each the tests whose images (or refusals) show what it says.
const CORE: [(&str, &[&str]); 24] = [
    ("JSON and GLB", &["geometry::glb_equals_json"]),
    (
        "buffers and images by `data:` URI, in the BIN chunk, in a bufferView",
        &[
            "geometry::glb_equals_json",
            "texture::image_types_are_sniffed",
        ],
    ),
    (
        "buffers and images in files of their own",
        &[
            "folders::files_beside_a_scene_are_read",
            "folders::files_outside_are_not",
            "refused_scenes::external_uris",
        ],
    ),
    (
        "triangles, strips, fans",
        &[
            "geometry::strips_and_fans",
            "geometry::strips_and_fans_without_indices",
            "geometry::no_indices",
        ],
    ),
    (
        "points, lines, line strips, line loops",
        &[
            "points_and_lines::points_land_on_their_pixels",
            "points_and_lines::lines_cover_their_pixels",
            "points_and_lines::strips_and_loops",
            "points_and_lines::indices_choose",
        ],
    ),
    ("indices of 8, 16 and 32 bits", &["geometry::index_types"]),
    (
        "attributes as floats or normalized integers",
        &[
            "looks::vertex_colors",
            "deformed::eight_influences",
            "integers::texture_coordinates",
            "integers::colors",
            "integers::weights",
        ],
    ),
    (
        "sparse accessors; accessors without a bufferView",
        &[
            "geometry::sparse_positions",
            "geometry::sparse_without_a_base",
            "geometry::without_a_view_all_are_zero",
        ],
    ),
    (
        "interleaved and strided bufferViews",
        &[
            "geometry::interleaved_equals_planar",
            "geometry::offsets_into_one_buffer",
        ],
    ),
    ("missing normals", &["color::pbr_of_gltf_materials"]),
    (
        "missing tangents",
        &[
            "tangents::a_mirrored_half_leans_the_other_way",
            "tangents::directions_of_texture_are_mixed_by_angle",
        ],
    ),
    (
        "COLOR_0; every TEXCOORD_n in use",
        &[
            "looks::vertex_colors",
            "materials::every_texture_reads_its_own_coordinates",
        ],
    ),
    (
        "morph targets",
        &[
            "motion::a_morphed_box",
            "motion::a_morphed_vertex_lands_on_its_pixel",
            "deformed::normals_are_morphed",
            "deformed::colors_are_morphed",
            "deformed::texture_coordinates_are_morphed",
        ],
    ),
    (
        "skins",
        &[
            "motion::a_skinned_strip_bends",
            "deformed::eight_influences",
            "deformed::normals_follow_joints",
        ],
    ),
    (
        "animations",
        &[
            "motion::an_animated_node_is_where_the_formula_says",
            "motion::animations_are_chosen_by_name",
            "motion::a_pointer_changes_the_label",
            "keyframes::a_spline_of_translations",
            "keyframes::a_spline_of_rotations",
        ],
    ),
    (
        "nodes with a matrix, or translation, rotation and scale",
        &["nodes::mirrored_node", "nodes::a_mesh_shown_twice"],
    ),
    (
        "single- and double-sided materials",
        &["color::merged_single_sided_is_culled", "cover::back_sides"],
    ),
    (
        "OPAQUE, MASK, BLEND",
        &[
            "looks::alpha_mode",
            "transparency::half_over_opaque",
            "cover::holes_of_a_texture",
            "cover::blended_surfaces_cover",
        ],
    ),
    (
        "metallic-roughness materials, with all five textures",
        &[
            "color::pbr_of_gltf_materials",
            "texture::base_color_is_decoded_from_srgb",
            "texture::metallic_roughness_channels",
            "texture::occlusion_with_strength",
            "texture::emissive_texture",
            "texture::normal_map_leans",
        ],
    ),
    (
        "samplers: filters and wraps; mipmaps",
        &[
            "sampler::each_wrap_on_each_axis",
            "sampler::magnification",
            "sampler::minification_between_levels",
        ],
    ),
    (
        "PNG and JPEG, also with a wrong media type",
        &[
            "texture_formats::lossy_formats_lose_what_their_codecs_lose",
            "texture_formats::media_types_do_not_matter",
        ],
    ),
    (
        "perspective and orthographic cameras",
        &["cameras::perspective", "cameras::orthographic_room"],
    ),
    (
        "several scenes; nodes outside the scene",
        &["choices::the_scene_that_the_file_chooses_is_shown"],
    ),
    (
        "GLB chunks of other types; unknown members; `extras`",
        &["geometry::what_nobody_knows_is_ignored"],
    ),
];

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/features.md");
    fs::read_to_string(page).unwrap()
}

/// Each row has tests here, each of them is in the suite, and no row is gone.
fn every_core_feature_has_a_test() {
    let page = page();
    let (_, section) = page.split_once("\n## Core\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let names = rows.map(|row| row.trim_matches('|').split('|').next().unwrap().trim());
    // The first one is the header.
    let documented: BTreeSet<_> = names.skip(1).collect();
    let held: BTreeSet<_> = CORE.iter().map(|(row, _)| *row).collect();
    assert_eq!(documented, held);
    let suite = crate::trials();
    let suite: BTreeSet<_> = suite.iter().map(libtest_mimic::Trial::name).collect();
    for (row, tests) in CORE {
        assert!(!tests.is_empty(), "{row} has no test");
        for test in tests {
            assert!(suite.contains(test), "{row}: there is no test {test}");
        }
    }
}

fn the_table_of_extensions_is_that_of_the_code() {
    let page = page();
    let (_, section) = page.split_once("\n## Extensions\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let name = cells.next().unwrap().trim_matches('`');
        (name, cells.next().unwrap())
    });
    let written: Vec<_> = cells.collect();
    let documented: BTreeMap<_, _> = written.iter().copied().collect();
    assert_eq!(documented.len(), written.len(), "a row twice");
    let known = EXTENSIONS.iter().map(|(name, support)| {
        let word = match support {
            Support::Drawn => "drawn",
            Support::Parsed => "parsed",
        };
        (*name, word)
    });
    assert_eq!(documented, known.collect());
}
