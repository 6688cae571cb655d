/// JPEGs to inspect: two that libjpeg wrote, and an encoder for grey ones of any size.
enum SampleJPEG {
  /// 56 × 40, progressive in ten scans, with an EXIF orientation of 6; libjpeg wrote it.
  static let progressiveWithOrientation6 = decoded(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAA0JCgsK\
    CA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4O\
    DhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgAR\
    CAAoADgDASIAAhEBAxEB/8QAGQAAAgMBAAAAAAAAAAAAAAAAAAQBAwUC/8QAGQEAAwEBAQAAAAAAAAAAAAAAAwQF\
    AQAC/9oADAMBAAIQAxAAAAHN60GCNZE90sj04rZXxE0BRdmJQEaam+jYjZm6WebCkoIaKoQKlTAVOyuwMG4CTS//\
    xAAeEAACAgEFAQAAAAAAAAAAAAAAAQIRAxASITEyIv/aAAgBAQABBQKjbpHuPTHEWMePiaEncBFIobRKNmyixFku\
    m3cTJ5be+L+WMkhPl+ZLlPT/xAAeEQACAgICAwAAAAAAAAAAAAAAAQIDBCEUMQUREv/aAAgBAwEBPwGFKqL6Uxvi\
    IfkSlOe2W+7GZdmkjjtluuiRkdohFfJ//8QAHxEAAgICAQUAAAAAAAAAAAAAAAECAxEhEwQSMUFR/9oACAECAQE/\
    AZ9WpMeJIl8OApq5/Ze3VhIsb0QUceRSaeh7SyNLtHJ5P//EABQQAQAAAAAAAAAAAAAAAAAAAFD/2gAIAQEABj8C\
    D//EABoQAAMBAQEBAAAAAAAAAAAAAAABERAhMUH/2gAIAQEAAT8htic8GDBaMp28EfI9PIqEPKESQqH6QlcGYtAu\
    n6IqmAoN06Wge6sun//aAAwDAQACAAMAAAAQIR/xS4RzjBjA/8QAGBEAAwEBAAAAAAAAAAAAAAAAAAERITH/2gAI\
    AQMBAT8QcxO0eKvpuLaa8NJ4QdkNKjqhugsgiZzsP//EABcRAQEBAQAAAAAAAAAAAAAAAAERACH/2gAIAQIBAT8Q\
    BDorcyOKW41WJm0XLUZZuE6mIzFNmvd3/8QAGxABAQEBAQEBAQAAAAAAAAAAAQARITFBURD/2gAIAQEAAT8Q2eQ+\
    5POMOOwonDl8CDGwu/WTkCAJAbYO23yO/LV1EiEPSD8PZHTyxOs0WX3HIAmq/ETPc2yN9yXx/IQrOAGRN/IBuSgG\
    3K//2Q==
    """
  )
  /// Its SHA-256, by `sha256sum`.
  static let progressiveSHA256 =
    "2ef6a68b2188eeeb8881153d2c09c2aeddf84264e46e3c1840caca615a2233fe"

  /// 48 × 16, baseline, with restart markers and stuffed bytes inside its scan; libjpeg wrote it.
  static let baselineWithRestartMarkers = decoded(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERX\
    RTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj\
    Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAQADADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAA\
    AAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAk\
    M2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT\
    lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QA\
    HwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdh\
    cRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hp\
    anN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk\
    5ebn6Onq8vP09fb3+Pn6/90ABAAB/9oADAMBAAIRAxEAPwCIxqLfCbYwu4t2bHOMjHOD3B4wfalDSGWJ4p0iWdmk\
    L8oSo/P0+90xnNOhESq7RPE4Lb2O0KEA544yBg4PA69T3lSUukSo/ljoXkxtHC5DHoPu/wBOe7l1/r+u5pGXNKy2\
    10/rzZ//0FQyPdbVOFCjzewzwD04BBLEjPbqMcKRKZIvkaJJHYnIOCd3AB7k5PXnIJ9hWy7yCEhmSPDMQuCCu4hV\
    BIypPYEfd6DGadOGtGSSYL8+2PZIhYLwcr6NjHf6UpKz16f1p/mU1sou/wCvTTqf/9FskYMchAK+UBtZAM4Ck7vq\
    fyGM59XzxzTuHKMrpuJZsHc3RVJAwTnGQfTHNQzq07BNzAMN2FOMPgqW46gscZPAIPrgvt4zIh2PGp3K6IQPmGMH\
    p0HAJBH69KaWiRb+G/8AXzP/2Q==
    """
  )

  /// A uniformly grey baseline JPEG that every decoder opens.
  ///
  /// Both Huffman tables have a single code, the bit 0: "no difference" for DC, "end of block" for
  /// AC. So each block of 8 × 8 pixels is two zero bits, and the scan is zeroes.
  static func grey(
    width: Int,
    height: Int,
    startOfFrame: UInt8 = 0xC0,
    precision: UInt8 = 8,
    components: UInt8 = 1,
    leading segments: [[UInt8]] = []
  ) -> [UInt8] {
    let blocks = ((width + 7) / 8) * ((height + 7) / 8) * Int(components)
    let scanBytes = [UInt8](repeating: 0, count: blocks / 4)
    let lastByte: [UInt8] = blocks % 4 == 0 ? [] : [0xFF >> UInt8(blocks % 4 * 2)]
    let ids = (1...components).map { $0 }
    let table: (UInt8) -> [UInt8] = { [$0, 1] + [UInt8](repeating: 0, count: 15) + [0] }
    return [0xFF, 0xD8] + segments.flatMap { $0 }
      + segment(0xDB, [0] + [UInt8](repeating: 16, count: 64))
      + segment(
        startOfFrame,
        [precision] + bigEndian(height) + bigEndian(width) + [components]
          + ids.flatMap { [$0, 0x11, 0] }
      )
      + segment(0xC4, table(0x00)) + segment(0xC4, table(0x10))
      + segment(0xDA, [components] + ids.flatMap { [$0, 0x00] } + [0, 63, 0])
      + scanBytes + lastByte + [0xFF, 0xD9]
  }

  /// A marker segment with its length.
  static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0xFF, marker] + bigEndian(payload.count + 2) + payload
  }

  /// An EXIF segment whose first directory has one entry.
  static func exif(tag: UInt8 = 0x12, type: UInt8 = 3, value: UInt8) -> [UInt8] {
    let tiff: [UInt8] =
      Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1]
      + [1, tag, 0, type, 0, 0, 0, 1, 0, value, 0, 0] + [0, 0, 0, 0]
    return segment(0xE1, Array("Exif".utf8) + [0, 0] + tiff)
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    [UInt8(value >> 8), UInt8(value & 0xFF)]
  }

  /// Decodes base 64.
  private static func decoded(_ text: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var bits = 0
    var count = 0
    for character in text.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { break }
      bits = bits << 6 | value
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(bits >> count & 0xFF))
    }
    return bytes
  }
}
