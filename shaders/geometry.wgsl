// Depth and label: what is where, exactly.
//
// Depth is the distance along the optical axis in metres, interpolated as such and never taken from
// the depth buffer. It goes into an unsigned target bit by bit, because OpenGL ES cannot draw into
// 32-bit floats. Labels are the material's bytes: not lit, not filtered, not blended, not encoded.

const INFINITY_BITS: u32 = 0x7f800000u;

struct Varyings {
    @builtin(position) clip: vec4<f32>,
    @location(0) depth: f32,
    @location(1) @interpolate(flat) label: vec4<f32>,
}

@vertex
fn vs_geometry(
    @location(0) row0: vec4<f32>,
    @location(1) row1: vec4<f32>,
    @location(2) row2: vec4<f32>,
    @location(6) label: vec4<f32>,
    @location(7) position: vec3<f32>,
) -> Varyings {
    let p = to_view(ModelView(row0, row1, row2), position);
    return Varyings(to_clip(p), -p.z, label);
}

// Too far reads infinity, too close reads 0; the ends of the range count as outside it, as in
// RenderEngineVtk.
fn depth_bits(depth: f32) -> u32 {
    if depth >= view.sensor.y {
        return INFINITY_BITS;
    }
    if depth <= view.sensor.x {
        return 0u;
    }
    return bitcast<u32>(depth);
}

@fragment
fn fs_depth(in: Varyings) -> @location(0) u32 {
    return depth_bits(in.depth);
}

@fragment
fn fs_label(in: Varyings) -> @location(0) vec4<f32> {
    return in.label;
}

struct DepthAndLabel {
    @location(0) depth: u32,
    @location(1) label: vec4<f32>,
}

@fragment
fn fs_depth_label(in: Varyings) -> DepthAndLabel {
    return DepthAndLabel(depth_bits(in.depth), in.label);
}
