import CSystemd
import Glibc

/// Which process on which machine this is: what an instance writes beside its lease.
public struct MachineIdentity: Sendable, Hashable, Codable {
  /// The machine, 32 hexadecimal digits; nil when it has no `/etc/machine-id`.
  ///
  /// Not the id in that file, which machine-id(5) asks to keep confidential, but one derived from it
  /// for Belfry alone.
  public let machineID: String?
  /// The host's name; tells machines apart that were cloned with their machine id.
  public let hostname: String
  /// The process-id namespace, by the inode number that `/proc/self/ns/pid` points to.
  public let pidNamespace: String?
  /// The systemd unit, for example `belfry.service`; nil when there is none.
  public let unit: String?
  /// systemd's id of this start of the unit, from `$INVOCATION_ID`; nil outside systemd.
  public let invocationID: String?
  /// The process.
  public let process: ProcessIdentity

  /// An identity that was recorded earlier.
  public init(
    machineID: String?,
    hostname: String,
    pidNamespace: String?,
    unit: String?,
    invocationID: String?,
    process: ProcessIdentity
  ) {
    self.machineID = machineID
    self.hostname = hostname
    self.pidNamespace = pidNamespace
    self.unit = unit
    self.invocationID = invocationID
    self.process = process
  }

  /// The identity of the calling process; nil when `/proc` cannot be read.
  ///
  /// - Parameter environment: the process environment.
  public static func current(environment: [String: String]) -> MachineIdentity? {
    let pid = getpid()
    guard let bootID = currentBootID(), let status = ProcessStatus(pid: pid) else { return nil }
    return MachineIdentity(
      machineID: currentMachineID(),
      hostname: currentHostname(),
      pidNamespace: currentPIDNamespace(),
      unit: currentUnit(),
      invocationID: environment["INVOCATION_ID"].flatMap { $0.isEmpty ? nil : $0 },
      process: ProcessIdentity(pid: pid, startTicks: status.startTicks, bootID: bootID)
    )
  }

  /// True only when `other` ran on this machine and cannot be running any more.
  ///
  /// The same machine is the same machine id *and* hostname: machines cloned from one image often share
  /// the first, and taking over from a process that lives elsewhere would be the one mistake that
  /// publishes twice. Within one boot the process-id namespace has to be the same, too.
  public func proves(gone other: MachineIdentity) -> Bool {
    guard let machineID, machineID == other.machineID, hostname == other.hostname else {
      return false
    }
    if other.process.bootID == process.bootID {
      guard let pidNamespace, pidNamespace == other.pidNamespace else { return false }
    }
    return other.process.isProvablyGone(currentBootID: process.bootID)
  }

  /// A fixed random id of this application, for sd_id128_get_machine_app_specific(3).
  private static let applicationID: [UInt8] = [
    0x48, 0xe7, 0xae, 0xfa, 0xa1, 0x8f, 0x42, 0x3c, 0xa0, 0xf3, 0xad, 0xee, 0xcf, 0x2f, 0x05, 0xd6,
  ]

  private static func currentMachineID() -> String? {
    var application = sd_id128_t()
    unsafe withUnsafeMutableBytes(of: &application) { unsafe $0.copyBytes(from: applicationID) }
    var id = sd_id128_t()
    guard unsafe sd_id128_get_machine_app_specific(application, &id) == 0 else { return nil }
    return hexadecimal(id)
  }

  private static func currentBootID() -> String? {
    var id = sd_id128_t()
    guard unsafe sd_id128_get_boot(&id) == 0 else { return nil }
    return hexadecimal(id)
  }

  private static func hexadecimal(_ id: sd_id128_t) -> String {
    unsafe withUnsafeBytes(of: id) { bytes in
      unsafe bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
  }

  private static func currentHostname() -> String {
    // HOST_NAME_MAX is 64 on Linux; gethostname(2) ends what fits with a NUL.
    var name = [CChar](repeating: 0, count: 65)
    guard unsafe gethostname(&name, 64) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func currentPIDNamespace() -> String? {
    var target = [CChar](repeating: 0, count: 64)
    let count = unsafe readlink("/proc/self/ns/pid", &target, target.count)
    guard count > 0 else { return nil }
    let link = String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return link.filter { $0.isASCII && $0.isNumber }
  }

  private static func currentUnit() -> String? {
    var name: UnsafeMutablePointer<CChar>?
    guard unsafe sd_pid_get_unit(0, &name) >= 0, let name = unsafe name else { return nil }
    // "the returned string must be freed by the caller" (sd_pid_get_unit(3))
    defer { unsafe free(name) }
    return unsafe String(cString: name)
  }
}
