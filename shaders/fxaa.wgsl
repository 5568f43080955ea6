// Post-process anti-aliasing of the color image: FXAA as VTK's vtkOpenGLFXAAPass does it.
//
// Drake's RenderEngineVtk smooths its color images (and only those) with VTK's FXAA pass in its
// default settings, so a silhouette matches only if the same rule is applied to the same aliased
// picture. The rule is that of VTK 9.6 (vtkOpenGLFXAAFilter with "high quality endpoints"), which
// itself goes back to NVIDIA's FXAA by Timothy Lottes:
//
//   1. A pixel whose plus-shaped neighbourhood has little luma contrast is passed through.
//   2. A pixel that sticks out of its four neighbours is blended toward the mean of its 3x3 block.
//   3. Otherwise (and besides) the pixel is taken to lie on a horizontal or vertical edge; the ends
//      of that edge are searched in both directions, and the pixel is resampled a fraction of a
//      texel toward the other side of the edge, the more the nearer it is to an end.
//
// Everything is done on the stored bytes, without any sRGB decoding. VTK's image has its first row
// at the bottom, this one at the top: where VTK prefers the row of smaller v on a tie, the row
// below (y + 1) is preferred here. The order of the sums is that of VTK, because comparisons of
// equal contrasts are decided by rounding.

/// The aliased color image, linear bytes (Rgba8Unorm), row 0 at the top.
@group(0) @binding(0) var source: texture_2d<f32>;
/// Linear filtering, clamped to the edge.
@group(0) @binding(1) var source_sampler: sampler;

/// Weights of red, green and blue in the luma that all decisions are made on.
const LUMA_WEIGHTS = vec3<f32>(0.299, 0.587, 0.114);
/// Least contrast worth smoothing, as a fraction of the brightest luma around the pixel.
const RELATIVE_CONTRAST: f32 = 1.0 / 8.0;
/// Least contrast worth smoothing in any case.
const HARD_CONTRAST: f32 = 1.0 / 16.0;
/// The largest share of the 3x3 mean in the result.
const SUBPIXEL_BLEND_LIMIT: f32 = 3.0 / 4.0;
/// Share of the local contrast that a pixel may stick out by before it is blended at all.
const SUBPIXEL_CONTRAST_FLOOR: f32 = 1.0 / 4.0;
/// Texels looked at in each direction for the end of an edge.
const ENDPOINT_STEPS: i32 = 12;

/// One end of an edge, as seen from the pixel.
struct EdgeEnd {
    /// Texels from the pixel to the end.
    distance: i32,
    /// Luma, in the pixel's own row or column, of the last texel looked at.
    luma: f32,
}

/// One triangle that covers the whole target; draw three vertices.
@vertex
fn vs_fullscreen(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.0, 1.0);
}

/// Color of one texel; outside the image, of the nearest one inside.
fn texel(at: vec2<i32>) -> vec3<f32> {
    let last = vec2<i32>(textureDimensions(source)) - 1;
    return textureLoad(source, clamp(at, vec2<i32>(0), last), 0).rgb;
}

/// Luma of a color, blue first: the order in which the sum is rounded decides ties.
fn luma(color: vec3<f32>) -> f32 {
    let weighted = color * LUMA_WEIGHTS;
    return (weighted.b + weighted.g) + weighted.r;
}

/// Walks from the pixel `at` along `stride` until the edge between its own line of texels (luma
/// `own` at the pixel) and the line beside it (offset `across`, luma `other`) comes to an end:
/// until a texel of either line looks more like the opposite side.
fn find_edge_end(at: vec2<i32>, stride: vec2<i32>, across: vec2<i32>, own: f32, other: f32) -> EdgeEnd {
    var end = EdgeEnd(1, own);
    for (var i = 0; i < ENDPOINT_STEPS; i++) {
        let here = at + stride * end.distance;
        let own_side = luma(texel(here));
        let other_side = luma(texel(here + across));
        end.luma = own_side;
        if abs(other_side - other) > abs(other_side - own) || abs(own_side - own) > abs(own_side - other) {
            break;
        }
        end.distance++;
    }
    return end;
}

@fragment
fn fs_fxaa(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<i32>(position.xy);

    // 1. Most pixels end here.
    let center_color = texel(at);
    let below_color = texel(at + vec2<i32>(0, 1));
    let above_color = texel(at + vec2<i32>(0, -1));
    let left_color = texel(at + vec2<i32>(-1, 0));
    let right_color = texel(at + vec2<i32>(1, 0));
    let center = luma(center_color);
    let below = luma(below_color);
    let above = luma(above_color);
    let left = luma(left_color);
    let right = luma(right_color);
    let darkest = min(center, min(min(below, above), min(left, right)));
    let brightest = max(center, max(max(below, above), max(left, right)));
    let contrast = brightest - darkest;
    if contrast < max(HARD_CONTRAST, RELATIVE_CONTRAST * brightest) {
        return vec4<f32>(center_color, 1.0);
    }

    let below_left_color = texel(at + vec2<i32>(-1, 1));
    let below_right_color = texel(at + vec2<i32>(1, 1));
    let above_left_color = texel(at + vec2<i32>(-1, -1));
    let above_right_color = texel(at + vec2<i32>(1, -1));
    let below_left = luma(below_left_color);
    let below_right = luma(below_right_color);
    let above_left = luma(above_left_color);
    let above_right = luma(above_right_color);

    // 2. How far the pixel sticks out of its neighbours, relative to the contrast.
    let prominence = abs(0.25 * ((below + above) + (left + right)) - center) / contrast;
    let subpixel_share = min(
        SUBPIXEL_BLEND_LIMIT,
        max(0.0, prominence - SUBPIXEL_CONTRAST_FLOOR) * (1.0 / (1.0 - SUBPIXEL_CONTRAST_FLOOR)),
    );
    let block_mean = (1.0 / 9.0) * (below_left_color + below_color + below_right_color
        + left_color + center_color + right_color
        + above_left_color + above_color + above_right_color);

    // 3. Second differences along the rows and along the columns tell the direction of the edge;
    //    the neighbour across it is the one that differs more.
    let row_curvature = ((2.0 * abs(-2.0 * center + (left + right))
        + abs(-2.0 * below + (below_left + below_right)))
        + abs(-2.0 * above + (above_left + above_right))) / 12.0;
    let column_curvature = ((2.0 * abs(-2.0 * center + (below + above))
        + abs(-2.0 * left + (above_left + below_left)))
        + abs(-2.0 * right + (above_right + below_right))) / 12.0;
    let is_horizontal = column_curvature >= row_curvature;
    let first_side = select(left, below, is_horizontal);
    let second_side = select(right, above, is_horizontal);
    let takes_first = abs(center - first_side) >= abs(center - second_side);
    let other = select(second_side, first_side, takes_first);
    var stride = vec2<i32>(0, -1);
    var across = vec2<i32>(select(1, -1, takes_first), 0);
    if is_horizontal {
        stride = vec2<i32>(1, 0);
        across = vec2<i32>(0, select(-1, 1, takes_first));
    }

    let backward = find_edge_end(at, -stride, across, center, other);
    let forward = find_edge_end(at, stride, across, center, other);
    let nearest = min(backward.distance, forward.distance);
    let end_luma = select(forward.luma, backward.luma, backward.distance < forward.distance);

    // Only the side that the nearest end bends toward is moved.
    var edge_color = center_color;
    if abs(end_luma - other) < abs(end_luma - center) {
        let shift = 0.5 - f32(nearest) / f32(backward.distance + forward.distance);
        let place = vec2<f32>(at) + 0.5 + vec2<f32>(across) * shift;
        let size = vec2<f32>(textureDimensions(source));
        edge_color = textureSampleLevel(source, source_sampler, place / size, 0.0).rgb;
    }
    return vec4<f32>(mix(edge_color, block_mean, subpixel_share), 1.0);
}
