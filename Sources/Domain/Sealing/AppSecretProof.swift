import Crypto

/// Meta's `appsecret_proof`: that whoever holds `token` also knows the app's secret.
///
/// HMAC-SHA256 with the app secret as the key and the access token as the message, in lower-case
/// hexadecimal digits (Meta, "Securing Graph API Requests").
public func appSecretProof(token: Secret<String>, secret: Secret<String>) -> String {
  let key = secret.expose { SymmetricKey(data: Array($0.utf8)) }
  let code = token.expose { HMAC<SHA256>.authenticationCode(for: Array($0.utf8), using: key) }
  let digits = Array("0123456789abcdef".utf8)
  let hex = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: hex, as: UTF8.self)
}
