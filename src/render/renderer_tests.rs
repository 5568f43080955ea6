//! Frames: those of the driver and of the CPU beside each other, and those after a fault.

#![allow(clippy::unwrap_used, reason = "a test")]

use glam::{DMat4, DVec3};

use super::*;
use crate::protocol::{Camera, ClippingRange, Intrinsics, Lens};
use crate::render::testing::triangles;
use crate::scene::{AlphaMode, Digest, Producer, Topology};
use crate::tally::CacheCounts;

#[test]
fn targets_are_kept_by_number_and_by_pixels() {
    const FULL_HD: usize = 1920 * 1080;
    assert_eq!(too_many(&[], KEPT_PIXELS), 0);
    assert_eq!(too_many(&[FULL_HD; 3], FULL_HD), 0);
    assert_eq!(too_many(&[FULL_HD; 4], 1), 1);
    assert_eq!(too_many(&[1, FULL_HD, 1], KEPT_PIXELS - 2), 2);
    assert_eq!(too_many(&[1, 1], KEPT_PIXELS), 2);
    assert_eq!(too_many(&[1, 1], KEPT_PIXELS + 1), 2);
}

#[test]
fn a_fault_costs_no_later_frame() {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let (scene, view) = (Scene::default(), warm_up::view());
    let [outputs, ..] = warm_up::outputs();
    let good = renderer.render(&scene, &view, &outputs).unwrap();
    // A buffer that wgpu refuses to make.
    let gpu = &renderer.open.as_ref().unwrap().gpu;
    drop(gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: gpu.limits.max_buffer_size + 4,
        usage: wgpu::BufferUsages::VERTEX,
        mapped_at_creation: false,
    }));
    let after = renderer.render(&scene, &view, &outputs).unwrap();
    assert_eq!(after, good);
}

#[test]
fn a_failed_frame_leaves_nothing_invalid_behind() {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let (scene, view) = (Scene::default(), warm_up::view());
    let [outputs, ..] = warm_up::outputs();
    let open = renderer.open.as_mut().unwrap();
    // As after running out of memory: a buffer that is kept and cannot be used.
    open.sensor.destroy();
    let losses = Arc::clone(&renderer.keeping.losses);
    assert_eq!(losses.load(Relaxed), 0);
    assert!(renderer.render(&scene, &view, &outputs).is_err());
    assert_eq!(losses.load(Relaxed), 1);
    renderer.render(&scene, &view, &outputs).unwrap();
    // And as a GPU that is gone between two frames.
    let device = &renderer.open.as_ref().unwrap().gpu.device;
    device.destroy();
    device.poll(wgpu::PollType::Poll).unwrap();
    renderer.render(&scene, &view, &outputs).unwrap();
    assert_eq!(losses.load(Relaxed), 2);
}

/// The GPU is lost in the midst of frames, again and again: each is drawn in the end, and rightly.
#[test]
fn a_lost_gpu_is_opened_again_without_a_frame() {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    renderer.mend().unwrap();
    assert_eq!(renderer.keeping.losses.load(Relaxed), 0);
    let lose = |renderer: &Renderer| {
        let device = &renderer.open.as_ref().unwrap().gpu.device;
        device.destroy();
        device.poll(wgpu::PollType::Poll).unwrap();
    };
    lose(&renderer);
    renderer.mend().unwrap();
    assert_eq!(renderer.keeping.losses.load(Relaxed), 1);
    lose(&renderer);
    // As if it were gone for good.
    renderer.selection.name = Some("an adapter that nobody has".to_owned());
    assert!(renderer.mend().is_err());
    assert!(renderer.mend().is_err());
    renderer.selection.name = None;
    renderer.mend().unwrap();
    assert!(renderer.open.is_some());
}

#[test]
fn a_lost_gpu_costs_no_frame() {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let (scene, view) = (triangles(), warm_up::view());
    let outputs = Outputs {
        color: true,
        ..Outputs::default()
    };
    let good = renderer.render(&scene, &view, &outputs).unwrap();
    for delay in 0..40 {
        let device = renderer.open.as_ref().unwrap().gpu.device.clone();
        let loser = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_micros(50 * delay));
            device.destroy();
        });
        let frame = renderer.render(&scene, &view, &outputs);
        loser.join().unwrap();
        assert!(frame.unwrap() == good, "after {delay}");
    }
    assert!(renderer.keeping.losses.load(Relaxed) > 0);
}

#[test]
fn a_frame_that_needs_too_much_memory_is_refused_and_the_next_is_not() {
    let view = warm_up::view();
    let color = Outputs {
        color: true,
        ..Outputs::default()
    };
    let (small, large) = (Scene::default(), triangles());
    let held = |limit: u64| {
        let keeping = Keeping {
            memory: Arc::new(GpuMemory::new(limit)),
            ..Keeping::default()
        };
        let mut renderer = Renderer::keeping(&keeping, &AdapterSelection::default())?;
        let before = renderer.render(&small, &view, &color)?;
        let drawn = renderer.render(&large, &view, &color);
        let used = keeping.memory.used();
        assert!(used <= limit);
        assert_eq!(renderer.render(&small, &view, &color)?, before);
        drop(renderer);
        assert_eq!(keeping.memory.used(), 0);
        Ok::<_, RenderError>((drawn?, used))
    };
    let (drawn, used) = held(u64::MAX).unwrap();
    assert!(used > 400_000, "{used}");
    // What is kept of the small scene goes for the large one.
    assert_eq!(held(used).unwrap().0, drawn);
    let refused = held(used - 100_000).unwrap_err();
    assert!(
        matches!(refused, RenderError::MemoryLimit { .. }),
        "{refused}"
    );
    assert!(matches!(held(1), Err(RenderError::MemoryLimit { .. })));
}

/// Whether the ray through a pixel's centre meets one of the triangles at this depth, in double
/// precision and to a millionth.
fn is_a_depth(scene: &Scene, view: &View, [column, row]: [f64; 2], depth: f64) -> bool {
    let size = view.camera.size;
    let [x, y] = [
        column + 0.5 - f64::from(size.width) / 2.0,
        f64::from(size.height) / 2.0 - row - 0.5,
    ];
    let (origin, direction) = match &view.camera.lens {
        Lens::Pinhole(lens) => {
            let direction = DVec3::new(x / lens.focal_x, y / lens.focal_y, -1.0);
            (DVec3::ZERO, direction)
        }
        Lens::Orthographic { x_mag, y_mag } => {
            let [width, height] = [size.width, size.height].map(f64::from);
            let origin = DVec3::new(2.0 * x_mag * x / width, 2.0 * y_mag * y / height, 0.0);
            (origin, DVec3::NEG_Z)
        }
    };
    let point = origin + depth * direction;
    let is_there = |corners: &[[f32; 3]]| {
        let [a, b, c] = [0, 1, 2].map(|i| DVec3::from(corners[i].map(f64::from)));
        let normal = (b - a).cross(c - a);
        let meets = normal.dot(a - origin) / normal.dot(direction);
        // Centres on an edge may fall to either side of it.
        let inside = [(a, b), (b, c), (c, a)].map(|(from, to)| {
            normal.dot((to - from).cross(point - from)) >= -0.01 * normal.length_squared()
        });
        (meets - depth).abs() <= 1e-6 * depth && inside == [true; 3]
    };
    let mut positions = scene.primitives.iter().map(|p| p.positions.chunks(3));
    positions.any(|mut triangles| triangles.any(is_there))
}

#[test]
fn instances_in_a_row_are_drawn_like_other_meshes() {
    let open = &mut Open::new(&AdapterSelection::default(), &Keeping::default()).unwrap();
    let view = warm_up::view();
    let guard = GuardBand::new(view.camera.size, &open.gpu.limits);
    let sight = Sight { view: &view, guard };
    let [outputs, ..] = warm_up::outputs();
    let mut draw = |scene: &Scene| {
        let list = DrawList::new(scene, &view, guard, true);
        open.draw_on_gpu(scene, &list, &sight, &outputs).unwrap()
    };
    // One triangle above the other, of the same mesh.
    let mut scene = triangles();
    let positions = [[-1.0, -1.0, -4.0], [1.0, -1.0, -4.0], [0.0, 0.0, -4.0]];
    let mesh = &mut scene.primitives[0];
    mesh.positions = positions.into();
    mesh.indices = [0, 1, 2].into();
    mesh.bounds = [[-1.0, -1.0, -4.0], [1.0, 0.0, -4.0]];
    scene.instances.truncate(3);
    for (instance, y) in scene.instances.iter_mut().zip([0.0, 0.7, 1.4]) {
        instance.primitive = 0;
        instance.world_from_model.translation.y = y;
    }
    let together = draw(&scene);
    // Of three meshes that are told apart.
    for i in 0..3_u8 {
        let index = usize::from(i);
        scene.primitives[index] = scene.primitives[0].clone();
        scene.primitives[index].content = Digest::of_bytes(&[i]);
        scene.instances[index].primitive = index;
    }
    assert_eq!(draw(&scene), together);
    for fewer in [2, 1, 0] {
        scene.instances.truncate(fewer);
        let less = draw(&scene);
        assert_ne!(less.color, together.color);
        assert_ne!(less.depth, together.depth);
        assert_ne!(less.label, together.label);
    }
}

#[test]
fn what_is_left_out_of_a_color_image_is_not_seen() {
    let open = &mut Open::new(&AdapterSelection::default(), &Keeping::default()).unwrap();
    if !open.gpu.covers_as_raster {
        return;
    }
    let view = View::new(
        Camera {
            size: ImageSize {
                width: 200,
                height: 120,
            },
            ..warm_up::view().camera
        },
        DMat4::IDENTITY,
    );
    let guard = GuardBand::new(view.camera.size, &open.gpu.limits);
    let sight = Sight { view: &view, guard };
    let [all, ..] = warm_up::outputs();
    let color = Outputs {
        color: true,
        ..Outputs::default()
    };
    let [blend, mask] = [AlphaMode::Blend, AlphaMode::Mask(0.7)];
    // Each of it lets something show through: half of the colors of a mask are cut out.
    for (every, alpha_mode, topology) in [
        (5, Some(blend), Topology::Triangles),
        (3, Some(mask), Topology::Triangles),
        (1, Some(AlphaMode::Mask(5e-7)), Topology::Triangles),
        (7, None, Topology::Points),
        (7, None, Topology::Lines),
    ] {
        let mut scene = triangles();
        for primitive in scene.primitives.iter_mut().step_by(every) {
            primitive.topology = topology;
            let Some(alpha_mode) = alpha_mode else {
                continue;
            };
            scene.materials[primitive.material].alpha_mode = alpha_mode;
            let alphas = primitive.positions.iter().enumerate().map(|(vertex, _)| {
                let alpha = if vertex % 6 < 3 { 0.0 } else { 0.9 };
                [1.0, 1.0, 1.0, alpha]
            });
            if let Some(shading) = &mut primitive.shading {
                shading.colors = Some(alphas.collect());
            }
        }
        let list = DrawList::new(&scene, &view, guard, true);
        assert!(Raster::is_worth_sifting(&scene, &list, &view));
        // One submission with all images is not sifted.
        let whole = open.draw_on_gpu(&scene, &list, &sight, &all).unwrap();
        let sifted = open.draw(&scene, &list, &view, &color).unwrap();
        assert_eq!(sifted.color, whole.color, "{alpha_mode:?} {topology:?}");
        let plain = DrawList::new(&triangles(), &view, guard, true);
        let plain = open.draw(&triangles(), &plain, &view, &color).unwrap();
        assert_ne!(sifted.color, plain.color, "{alpha_mode:?} {topology:?}");
    }
}

#[test]
fn what_is_drawn_on_the_cpu_is_what_the_driver_draws() {
    let open = &mut Open::new(&AdapterSelection::default(), &Keeping::default()).unwrap();
    if !open.gpu.covers_as_raster {
        return;
    }
    let size = ImageSize {
        width: 320,
        height: 200,
    };
    let pinhole = Lens::Pinhole(Intrinsics::from_fov_y(size, 1.2));
    let orthographic = Lens::Orthographic {
        x_mag: 3.2,
        y_mag: 2.0,
    };
    for (producer, lens) in [
        (Producer::Other, pinhole),
        (Producer::Other, orthographic),
        // Its color image lacks the sides that are seen clockwise.
        (Producer::DrakeMerger, pinhole),
    ] {
        let scene = Scene {
            producer,
            ..triangles()
        };
        let clipping = ClippingRange {
            near: 0.1,
            far: 6.0,
        };
        let view = View::new(
            Camera {
                size,
                lens,
                clipping,
            },
            DMat4::IDENTITY,
        );
        let guard = GuardBand::new(size, &open.gpu.limits);
        let sight = Sight { view: &view, guard };
        let list = DrawList::new(&scene, &view, guard, true);
        let [outputs, ..] = warm_up::outputs();
        // One submission with all images is not sifted.
        let drawn = open.draw_on_gpu(&scene, &list, &sight, &outputs).unwrap();
        let found = open.draw(&scene, &list, &view, &outputs).unwrap();
        assert!(Raster::is_worth_sifting(&scene, &list, &view));
        assert_eq!(found.color, drawn.color);
        assert_eq!(found.label, drawn.label);
        let (found, drawn) = (found.depth.unwrap(), drawn.depth.unwrap());
        let (mut coarse, mut checked, mut agree) = (0, 0, 0);
        for (i, (&found, &drawn)) in found.iter().zip(&drawn).enumerate() {
            if found.to_bits() == drawn.to_bits() && i % 29 != 0 {
                continue;
            }
            let pixel = [i % 320, i / 320].map(|x| f64::from(u16::try_from(x).unwrap()));
            let is_true = |depth: f32| {
                depth.is_infinite() || is_a_depth(&scene, &view, pixel, f64::from(depth))
            };
            // The driver rounds the depth of what it clips. Where it is off, this is right.
            if found.to_bits() != drawn.to_bits() && (found - drawn).abs() >= 2e-5 * drawn {
                coarse += 1;
                assert!(is_true(found), "{i}: {found}, {drawn}");
            }
            checked += usize::from(i % 29 == 0);
            agree += usize::from(i % 29 == 0 && is_true(found));
        }
        assert!(coarse < found.len() / 100, "{coarse}");
        // At the rim of a steep triangle a pixel may be covered whose centre is beside it.
        assert!(agree * 1000 >= checked * 995, "{agree} of {checked}");
        assert!(drawn.iter().filter(|depth| depth.is_finite()).count() > 30_000);
    }
}

#[test]
fn what_renderers_find_is_counted_together_and_nothing_before_their_first_frame() {
    let keeping = Keeping::default();
    let mut renderers = [(); 2].map(|()| {
        let renderer = Renderer::keeping(&keeping, &AdapterSelection::default()).unwrap();
        let views = keeping.visibility.counts();
        for counts in [keeping.meshes.counts(), keeping.textures.counts(), views] {
            assert_eq!(counts, CacheCounts::default());
        }
        renderer
    });
    let color = Outputs {
        color: true,
        ..Outputs::default()
    };
    let [first, second] = &mut renderers;
    let draw = |renderer: &mut Renderer| {
        let frame = renderer.render(&triangles(), &warm_up::view(), &color);
        frame.unwrap();
        keeping.meshes.counts()
    };
    let one = draw(first).bytes;
    assert!(one > 0);
    let counts = |hits, misses, kept| CacheCounts {
        hits,
        misses,
        evictions: 0,
        bytes: kept * one,
    };
    assert_eq!(draw(first), counts(1, 1, 1));
    assert_eq!(draw(second), counts(1, 2, 2));
    // A GPU that fails takes along what was kept there.
    let open = second.open.as_mut().unwrap();
    open.sensor.destroy();
    assert!(
        second
            .render(&triangles(), &warm_up::view(), &color)
            .is_err()
    );
    assert_eq!(keeping.meshes.counts(), counts(2, 2, 1));
    drop(renderers);
    assert_eq!(keeping.meshes.counts().bytes, 0);
}
