//! The three passes of a frame, as commands.

use super::draw_list::{DrawList, GeometryDraw};
use super::geometry_buffers::GeometryBuffers;
use super::mask_buffers::MaskBuffers;
use super::material_buffers::MaterialBuffers;
use super::pipelines::{GeometryKind, Pipelines};
use super::targets::Targets;

/// Behind everything in the color image: (204, 229, 255), as in Drake's RenderEngineVtk.
const BACKGROUND: wgpu::Color = wgpu::Color {
    r: 204.0 / 255.0,
    g: 229.0 / 255.0,
    b: 1.0,
    a: 1.0,
};
/// Behind everything in the depth image: the bits of an infinite float, too far.
const TOO_FAR: wgpu::Color = wgpu::Color {
    r: 0x7f80_0000_u32 as f64,
    g: 0.0,
    b: 0.0,
    a: 0.0,
};

/// What the geometry pass draws.
pub(super) struct Geometry<'a> {
    pub list: &'a DrawList,
    pub buffers: &'a GeometryBuffers,
    pub masks: &'a MaskBuffers,
}

/// Depth and label: draws into those of the two targets that are wanted.
pub(super) fn geometry(
    encoder: &mut wgpu::CommandEncoder,
    pipelines: &Pipelines,
    sensor: &wgpu::BindGroup,
    targets: &Targets,
    wanted: (bool, bool),
    drawn: &Geometry<'_>,
) {
    let depth = targets.depth.as_ref().filter(|_| wanted.0);
    let label = targets.label.as_ref().filter(|_| wanted.1);
    let attachments: Vec<_> = [
        depth.map(|target| attachment(&target.view, TOO_FAR)),
        label.map(|target| attachment(&target.view, wgpu::Color::WHITE)),
    ]
    .into_iter()
    .flatten()
    .map(Some)
    .collect();
    if attachments.is_empty() {
        return;
    }
    let mut pass = begin(encoder, "geometry", &attachments, Some(&targets.z));
    targets.guard.set(&mut pass, targets.size);
    pass.set_bind_group(0, sensor, &[]);
    drawn.buffers.begin(&mut pass);
    let mut last = None;
    let draws: Vec<_> = drawn.list.geometry.iter().enumerate().collect();
    let runs = draws.chunk_by(|(_, a), (_, b)| {
        a.cover == b.cover && a.cover.mask.is_none() && drawn.buffers.goes_on(a.draw, b.draw)
    });
    for run in runs {
        let [(index, GeometryDraw { draw, cover }), ..] = *run else {
            continue;
        };
        if !drawn.buffers.shows(*draw) {
            continue;
        }
        let kind = GeometryKind {
            depth: wanted.0,
            label: wanted.1,
            topology: draw.topology,
            sides: cover.sides,
            masked: cover.mask.is_some(),
        };
        if last != Some(kind) {
            let Some(pipeline) = pipelines.geometry(kind) else {
                log::error!("no pipeline for {kind:?}");
                continue;
            };
            pass.set_pipeline(pipeline);
            last = Some(kind);
        }
        drawn.masks.bind(&mut pass, index);
        let (_, end) = run[run.len() - 1];
        drawn.buffers.draw(&mut pass, *draw, end.draw);
    }
}

/// Color before anti-aliasing.
pub(super) fn color(
    encoder: &mut wgpu::CommandEncoder,
    pipelines: &Pipelines,
    targets: &Targets,
    buffers: &GeometryBuffers,
    materials: &MaterialBuffers,
    list: &DrawList,
) {
    let Some(target) = &targets.color else {
        return;
    };
    let attachments = [Some(attachment(&target.view, BACKGROUND))];
    let mut pass = begin(encoder, "color", &attachments, Some(&targets.z));
    targets.guard.set(&mut pass, targets.size);
    buffers.begin(&mut pass);
    let mut last = None;
    let draws: Vec<_> = list.surfaces.iter().enumerate().collect();
    let runs = draws.chunk_by(|(i, a), (j, b)| {
        a.surface.kind == b.surface.kind
            && materials.are_alike(*i, *j)
            && buffers.shade_alike(*i, *j)
            && buffers.goes_on(a.draw, b.draw)
    });
    for run in runs {
        let [(index, drawn), ..] = *run else {
            continue;
        };
        if !buffers.shows(drawn.draw) {
            continue;
        }
        let kind = drawn.surface.kind;
        if last != Some(kind) {
            let Some(pipeline) = pipelines.surface(kind) else {
                log::error!("no pipeline for {kind:?}");
                continue;
            };
            pass.set_pipeline(pipeline);
            last = Some(kind);
        }
        materials.bind(&mut pass, index);
        buffers.shade(&mut pass, index);
        let (_, end) = run[run.len() - 1];
        buffers.draw(&mut pass, drawn.draw, end.draw);
    }
}

fn attachment(view: &wgpu::TextureView, clear: wgpu::Color) -> wgpu::RenderPassColorAttachment<'_> {
    wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations {
            load: wgpu::LoadOp::Clear(clear),
            store: wgpu::StoreOp::Store,
        },
    }
}

fn begin<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    label: &str,
    color_attachments: &[Option<wgpu::RenderPassColorAttachment<'_>>],
    z: Option<&wgpu::TextureView>,
) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments,
        depth_stencil_attachment: z.map(|view| wgpu::RenderPassDepthStencilAttachment {
            view,
            depth_ops: Some(wgpu::Operations {
                // Reversed: 0 is the far plane.
                load: wgpu::LoadOp::Clear(0.0),
                store: wgpu::StoreOp::Discard,
            }),
            stencil_ops: None,
        }),
        ..wgpu::RenderPassDescriptor::default()
    })
}
