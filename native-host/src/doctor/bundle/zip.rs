//! A zip of files that are stored as they are (APPNOTE.TXT 6.3.10, sections 4.3 and 4.4): what is in
//! it is small.

/// A zip that is being written.
#[derive(Default)]
pub struct Zip {
    octets: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    /// Adds a file.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        let offset = self.octets.len();
        let length = u32_of(content.len());
        // From the version to the lengths, the same in both headers.
        let mut about = Vec::new();
        for field in [VERSION, UTF8, STORED, NO_TIME, FIRST_DATE] {
            about.extend(field.to_le_bytes());
        }
        for field in [crc32(content), length, length] {
            about.extend(field.to_le_bytes());
        }
        about.extend(u16_of(name.len()).to_le_bytes());
        about.extend(0u16.to_le_bytes());

        self.octets.extend(LOCAL_HEADER.to_le_bytes());
        self.octets.extend(&about);
        self.octets.extend(name.as_bytes());
        self.octets.extend(content);

        self.directory.extend(CENTRAL_HEADER.to_le_bytes());
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(&about);
        // Comment, disk, internal attributes.
        self.directory.extend([0; 6]);
        self.directory.extend(MODE.to_le_bytes());
        self.directory.extend(u32_of(offset).to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
    }

    /// The whole zip.
    pub fn finish(self) -> Vec<u8> {
        let Self { mut octets, directory, count } = self;
        let offset = octets.len();
        octets.extend(&directory);
        octets.extend(END.to_le_bytes());
        // This disk, and that of the directory.
        octets.extend([0; 4]);
        octets.extend(count.to_le_bytes());
        octets.extend(count.to_le_bytes());
        octets.extend(u32_of(directory.len()).to_le_bytes());
        octets.extend(u32_of(offset).to_le_bytes());
        octets.extend(0u16.to_le_bytes());
        octets
    }
}

/// The checksum of ISO 3309, as section 4.4.7 has it.
fn crc32(octets: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
    let add = |crc: u32, octet: &u8| (0..8).fold(crc ^ u32::from(*octet), |crc, _| step(crc));
    !octets.iter().fold(u32::MAX, add)
}

/// No file of the bundle comes near the limit.
fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const VERSION: u16 = 20;
/// Unix, so that the mode counts.
const MADE_BY: u16 = 0x0314;
const UTF8: u16 = 1 << 11;
const STORED: u16 = 0;
const NO_TIME: u16 = 0;
/// 1980-01-01.
const FIRST_DATE: u16 = 0x21;
/// A regular file that its user alone may read and write.
const MODE: u32 = 0o100_600 << 16;
const POLYNOMIAL: u32 = 0xedb8_8320;
