/// Bindings in the layout that libpq reads: one buffer, with NUL behind each value.
struct EncodedParameters {
  private var storage: [UInt8] = []
  private var offsets: [Int?] = []
  private(set) var lengths: [Int32] = []
  private(set) var formats: [Int32] = []

  init(_ values: [SQLValue], statement: SQLText) throws(PostgresError) {
    for (index, value) in values.enumerated() {
      guard append(value) else { throw .zeroByte(parameter: index + 1, statement) }
    }
  }

  /// How many there are.
  var count: Int32 { Int32(clamping: offsets.count) }

  /// Lends one pointer per value, nil for NULL.
  func withPointers<R>(_ body: ([UnsafePointer<CChar>?]) -> R) -> R {
    unsafe storage.withUnsafeBytes { buffer in
      let pointers = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
        guard let offset, let base = buffer.baseAddress else { return nil }
        return unsafe (base + offset).assumingMemoryBound(to: CChar.self)
      }
      return unsafe body(pointers)
    }
  }

  /// Adds a value; false when a text contains the byte that ends it in C.
  private mutating func append(_ value: SQLValue) -> Bool {
    switch value {
    case .null:
      offsets.append(nil)
      lengths.append(0)
      formats.append(0)
      return true
    case .bytes(let bytes):
      add(bytes, format: 1)
      return true
    case .bool(let value): return add(text: value ? "t" : "f")
    case .int(let value): return add(text: String(value))
    case .double(let value): return add(text: Self.text(value))
    case .text(let value), .json(let value): return add(text: value)
    case .int8Array(let values): return add(text: SQLArray.text(values))
    case .textArray(let values): return add(text: SQLArray.text(values))
    case .timestamp(let value): return add(text: value.description)
    case .interval(let value): return add(text: SQLInterval.text(value))
    }
  }

  private mutating func add(text: String) -> Bool {
    guard !text.utf8.contains(0) else { return false }
    add(text.utf8, format: 0)
    return true
  }

  private mutating func add(_ bytes: some Collection<UInt8>, format: Int32) {
    offsets.append(storage.count)
    lengths.append(Int32(clamping: bytes.count))
    formats.append(format)
    storage.append(contentsOf: bytes)
    storage.append(0)
  }

  private static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : String(value)
  }
}
