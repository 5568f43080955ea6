//! The GLB container (glTF 4.4): a header, a JSON chunk, perhaps a BIN chunk.

use crate::scene::SceneError;

/// What a GLB file begins with.
pub(in crate::scene) const MAGIC: &[u8; 4] = b"glTF";

/// The kinds of chunks that are read.
pub(super) const JSON: &[u8; 4] = b"JSON";
pub(super) const BIN: &[u8; 4] = b"BIN\0";

/// How long the headers are, bytes.
pub(super) const FILE_HEADER: usize = 12;
pub(super) const CHUNK_HEADER: usize = 8;

/// The length of the chunk that a header begins, if it is of that kind.
pub(super) fn chunk_length(header: &[u8], kind: &[u8]) -> Option<usize> {
    let (length, rest) = number(header).ok()?;
    rest.starts_with(kind)
        .then(|| usize::try_from(length).ok())?
}

/// Splits a GLB file into its JSON and BIN chunks. Chunks of other types, and bytes after the
/// length that the header gives, are passed over, as glTF demands.
pub(in crate::scene) fn split(file: &[u8]) -> Result<(&[u8], Option<&[u8]>), SceneError> {
    let (version, rest) = number(file.get(MAGIC.len()..).unwrap_or_default())?;
    let (length, _) = number(rest)?;
    if version != 2 {
        return Err(SceneError::Unsupported(format!(
            "GLB version {version}; only version 2 is read."
        )));
    }
    let mut rest = usize::try_from(length)
        .ok()
        .and_then(|length| file.get(FILE_HEADER..length))
        .ok_or_else(|| {
            SceneError::NotGltf(format!(
                "the GLB header gives {length} bytes; the file has {}.",
                file.len()
            ))
        })?;
    let (mut json, mut bin) = (None, None);
    for position in 0.. {
        if rest.is_empty() {
            break;
        }
        let chunk = Chunk::read(rest, position)?;
        match position {
            0 if chunk.kind == *JSON => json = Some(chunk.data),
            1 if chunk.kind == *BIN => bin = Some(chunk.data),
            _ => {}
        }
        rest = chunk.rest;
    }
    let json = json.ok_or_else(|| {
        SceneError::NotGltf("the first chunk of the GLB file is not its JSON.".into())
    })?;
    Ok((json, bin))
}

/// A chunk, and what follows it.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(bytes: &'a [u8], position: usize) -> Result<Self, SceneError> {
        let (length, rest) = number(bytes)?;
        let chunk = rest.split_first_chunk::<4>().and_then(|(kind, rest)| {
            let (data, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some(Self {
                kind: *kind,
                data,
                rest,
            })
        });
        chunk.ok_or_else(|| {
            SceneError::NotGltf(format!(
                "chunk {position} of the GLB file is cut short: it gives {length} bytes."
            ))
        })
    }
}

/// A little-endian number and what follows it.
fn number(bytes: &[u8]) -> Result<(u32, &[u8]), SceneError> {
    let (number, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| SceneError::NotGltf("the GLB file is cut short.".into()))?;
    Ok((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
    use super::*;

    fn glb(version: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, data) in chunks {
            body.extend((data.len() as u32).to_le_bytes());
            body.extend(*kind);
            body.extend(*data);
        }
        let mut file = MAGIC.to_vec();
        file.extend(version.to_le_bytes());
        file.extend((12 + body.len() as u32).to_le_bytes());
        file.extend(body);
        file
    }

    #[test]
    fn chunks_are_told_apart() {
        let file = glb(2, &[(JSON, b"{}  "), (BIN, b"1234"), (b"more", b"....")]);
        assert_eq!(split(&file).unwrap(), (&b"{}  "[..], Some(&b"1234"[..])));
        let file = glb(2, &[(JSON, b"{}  "), (b"more", b"....")]);
        assert_eq!(split(&file).unwrap(), (&b"{}  "[..], None));
    }

    #[test]
    fn every_truncation_is_refused() {
        let file = glb(2, &[(JSON, b"{}  "), (BIN, b"1234")]);
        for length in 0..file.len() {
            assert!(split(&file[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_length_below_the_header_is_refused() {
        let mut file = glb(2, &[(JSON, b"{}  ")]);
        file[8..12].copy_from_slice(&3_u32.to_le_bytes());
        assert_eq!(
            split(&file).unwrap_err().to_string(),
            "scene: the GLB header gives 3 bytes; the file has 24."
        );
    }

    #[test]
    fn other_containers_are_refused() {
        let message = |file: &[u8]| split(file).unwrap_err().to_string();
        assert_eq!(
            message(&glb(1, &[(JSON, b"{}  ")])),
            "scene: GLB version 1; only version 2 is read."
        );
        assert_eq!(
            message(&glb(2, &[(BIN, b"1234")])),
            "scene: the first chunk of the GLB file is not its JSON."
        );
    }
}
