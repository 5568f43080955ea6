// Color as Drake's RenderEngineVtk shades it: Phong where no glTF mesh is in the scene, PBR else.
//
// The vertex entry points differ in what a vertex brings: `plain` a normal; `textured` a texture
// coordinate too; `full` all that glTF's materials use; `wide` the same with texture coordinates for
// every texture. Which one draws is decided in
// `src/render/look`, so that a shape without textures pays for none.

struct Material {
    base_color: vec4<f32>,
    // rgb emissive factor; w the alpha below which nothing is drawn.
    emissive_cutoff: vec4<f32>,
    metallic: f32,
    roughness: f32,
    normal_scale: f32,
    occlusion_strength: f32,
    // Which stream of texture coordinates each texture reads: base color, metallic-roughness,
    // normal, occlusion.
    tex_coords: vec4<u32>,
    // And emissive.
    emissive_tex_coord: u32,
    // The bits below.
    options: u32,
}

const NORMAL_TEXTURE: u32 = 1u;
const FLAT: u32 = 2u;
const TANGENTS_AS_NORMALS: u32 = 4u;
const UNLIT: u32 = 8u;
const PARALLEL: u32 = 16u;
const NO_CURVE: u32 = 32u;

@group(0) @binding(0) var<uniform> material: Material;

@group(1) @binding(0) var base_color_texture: texture_2d<f32>;
@group(1) @binding(1) var base_color_sampler: sampler;
@group(1) @binding(2) var metallic_roughness_texture: texture_2d<f32>;
@group(1) @binding(3) var metallic_roughness_sampler: sampler;
@group(1) @binding(4) var normal_texture: texture_2d<f32>;
@group(1) @binding(5) var normal_sampler: sampler;
@group(1) @binding(6) var occlusion_texture: texture_2d<f32>;
@group(1) @binding(7) var occlusion_sampler: sampler;
@group(1) @binding(8) var emissive_texture: texture_2d<f32>;
@group(1) @binding(9) var emissive_sampler: sampler;

// Normals are made to face the eye: a surface seen from behind is lit like its front. Where the file
// has no normals, VTK takes the triangle's and turns it toward the image plane instead.
fn facing(normal: vec3<f32>, front: bool) -> vec3<f32> {
    let n = normalize(normal);
    let is_flat = (material.options & FLAT) != 0u;
    return select(-n, n, select(front, n.z >= 0.0, is_flat));
}

// The direction from a point to the eye, which is at the origin or, for a parallel projection,
// infinitely far behind it.
fn to_eye(position: vec3<f32>) -> vec3<f32> {
    let is_parallel = (material.options & PARALLEL) != 0u;
    return select(normalize(-position), vec3<f32>(0.0, 0.0, 1.0), is_parallel);
}

struct Plain {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
}

@vertex
fn vs_plain(i: Instance, @location(11) position: vec3<f32>, @location(12) normal: vec3<f32>) -> Plain {
    let p = to_view(i, position);
    return Plain(to_clip(i, position), p, normal_to_view(i, normal));
}

struct Textured {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coord: vec2<f32>,
}

@vertex
fn vs_textured(
    i: Instance,
    @location(11) position: vec3<f32>,
    @location(12) normal: vec3<f32>,
    @location(13) tex_coord: vec2<f32>,
) -> Textured {
    let p = to_view(i, position);
    return Textured(to_clip(i, position), p, normal_to_view(i, normal), tex_coord);
}

struct Full {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) color: vec4<f32>,
}

@vertex
fn vs_full(
    i: Instance,
    @location(11) position: vec3<f32>,
    @location(12) normal: vec3<f32>,
    @location(13) tex_coords: vec4<f32>,
    @location(14) tangent: vec4<f32>,
    @location(15) color: vec4<f32>,
) -> Full {
    let p = to_view(i, position);
    return Full(to_clip(i, position), p, normal_to_view(i, normal), tex_coords, tangent_to_view(i, tangent), color);
}

fn tangent_to_view(i: Instance, tangent: vec4<f32>) -> vec4<f32> {
    var t = direction_to_view(i, tangent.xyz);
    if (material.options & TANGENTS_AS_NORMALS) != 0u {
        t = normal_to_view(i, tangent.xyz);
    }
    return vec4<f32>(t, tangent.w);
}

struct Wide {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords01: vec4<f32>,
    @location(3) tex_coords23: vec4<f32>,
    @location(4) tex_coords4: vec2<f32>,
    @location(5) tangent: vec4<f32>,
    @location(6) color: vec4<f32>,
}

// The color comes in two words, the last texture coordinate in the other two.
@vertex
fn vs_wide(
    i: Instance,
    @location(10) tex_coords23: vec4<f32>,
    @location(11) position: vec3<f32>,
    @location(12) normal: vec3<f32>,
    @location(13) tex_coords01: vec4<f32>,
    @location(14) tangent: vec4<f32>,
    @location(15) packed: vec4<u32>,
) -> Wide {
    let color = vec4<f32>(unpack2x16unorm(packed.x), unpack2x16unorm(packed.y));
    return Wide(
        to_clip(i, position),
        to_view(i, position),
        normal_to_view(i, normal),
        tex_coords01,
        tex_coords23,
        bitcast<vec2<f32>>(packed.zw),
        tangent_to_view(i, tangent),
        color,
    );
}

// Phong with a diffuse part only, which is all that RenderEngineVtk's default light gives: the
// cosine to the optical axis, per pixel. Texture bytes multiply as they are.
fn phong(color: vec4<f32>, normal: vec3<f32>) -> vec4<f32> {
    if (material.options & UNLIT) != 0u {
        return color;
    }
    return vec4<f32>(color.rgb * max(normal.z, 0.0), color.a);
}

@fragment
fn fs_phong_plain(in: Plain, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    return phong(material.base_color, facing(in.normal, front));
}

@fragment
fn fs_phong_textured(in: Textured, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let texel = textureSample(base_color_texture, base_color_sampler, in.tex_coord);
    return phong(material.base_color * texel, facing(in.normal, front));
}

fn pbr(color: vec4<f32>, position: vec3<f32>, normal: vec3<f32>) -> vec4<f32> {
    let v = to_eye(position);
    let light = reflect_light(color.rgb, material.metallic, material.roughness, normal, v);
    return vec4<f32>(to_image(color.rgb, light, material.emissive_cutoff.rgb), color.a);
}

@fragment
fn fs_pbr_plain(in: Plain, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    return pbr(material.base_color, in.position, facing(in.normal, front));
}

@fragment
fn fs_pbr_textured(in: Textured, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let texel = textureSample(base_color_texture, base_color_sampler, in.tex_coord);
    return pbr(material.base_color * texel, in.position, facing(in.normal, front));
}

// What is reflected and emitted, as the image has it; or, without light, the base color as it is:
// through the sRGB curve, so that a texture's bytes come back; VTK leaves out the curve. Points and
// lines without normals emit something too (glTF 3.9.7); for KHR_materials_unlit `src/render/look`
// leaves no emission.
//
// Drivers on the CPU compute both sides of a branch, so that one power serves both.
fn to_image(color: vec3<f32>, light: vec3<f32>, emission: vec3<f32>) -> vec3<f32> {
    let is_unlit = (material.options & UNLIT) != 0u;
    let has_no_curve = (material.options & NO_CURVE) != 0u;
    let unlit = color + emission;
    let linear = select(light + emission, clamp(unlit, vec3<f32>(0.0), vec3<f32>(1.0)), is_unlit);
    let power = powered(linear, select(DISPLAY_POWER, SRGB_POWER, is_unlit));
    return select(power, select(from_srgb_power(linear, power), unlit, has_no_curve), is_unlit);
}

// A pixel of a surface with all that glTF's materials use.
struct FullSurface {
    position: vec3<f32>,
    normal: vec3<f32>,
    tangent: vec4<f32>,
    color: vec4<f32>,
    // The texture coordinates of each texture.
    base_color: vec2<f32>,
    metallic_roughness: vec2<f32>,
    bump: vec2<f32>,
    occlusion: vec2<f32>,
    emissive: vec2<f32>,
}

fn pbr_full(in: FullSurface, front: bool) -> vec4<f32> {
    let base = textureSample(base_color_texture, base_color_sampler, in.base_color);
    let orm = textureSample(metallic_roughness_texture, metallic_roughness_sampler, in.metallic_roughness);
    let bump = textureSample(normal_texture, normal_sampler, in.bump);
    let occlusion = textureSample(occlusion_texture, occlusion_sampler, in.occlusion);
    let emission = textureSample(emissive_texture, emissive_sampler, in.emissive);

    let color = material.base_color * base * in.color;
    if color.a < material.emissive_cutoff.w {
        discard;
    }

    var n = facing(in.normal, front);
    if (material.options & NORMAL_TEXTURE) != 0u {
        let t = normalize(in.tangent.xyz - n * dot(in.tangent.xyz, n));
        let b = cross(n, t) * in.tangent.w;
        let scale = vec3<f32>(material.normal_scale, material.normal_scale, 1.0);
        let local = normalize((bump.xyz * 2.0 - 1.0) * scale);
        n = normalize(t * local.x + b * local.y + n * local.z);
    }

    let v = to_eye(in.position);
    let light = reflect_light(color.rgb, material.metallic * orm.b, material.roughness * orm.g, n, v);
    let shaded = mix(light, light * occlusion.r, material.occlusion_strength);
    return vec4<f32>(to_image(color.rgb, shaded, material.emissive_cutoff.rgb * emission.rgb), color.a);
}

fn of_two(streams: vec4<f32>, index: u32) -> vec2<f32> {
    return select(streams.xy, streams.zw, index == 1u);
}

@fragment
fn fs_pbr_full(in: Full, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    return pbr_full(
        FullSurface(
            in.position,
            in.normal,
            in.tangent,
            in.color,
            of_two(in.tex_coords, material.tex_coords.x),
            of_two(in.tex_coords, material.tex_coords.y),
            of_two(in.tex_coords, material.tex_coords.z),
            of_two(in.tex_coords, material.tex_coords.w),
            of_two(in.tex_coords, material.emissive_tex_coord),
        ),
        front,
    );
}

fn of_five(in: Wide, index: u32) -> vec2<f32> {
    if index >= 4u {
        return in.tex_coords4;
    }
    if index >= 2u {
        return of_two(in.tex_coords23, index - 2u);
    }
    return of_two(in.tex_coords01, index);
}

@fragment
fn fs_pbr_wide(in: Wide, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    return pbr_full(
        FullSurface(
            in.position,
            in.normal,
            in.tangent,
            in.color,
            of_five(in, material.tex_coords.x),
            of_five(in, material.tex_coords.y),
            of_five(in, material.tex_coords.z),
            of_five(in, material.tex_coords.w),
            of_five(in, material.emissive_tex_coord),
        ),
        front,
    );
}
