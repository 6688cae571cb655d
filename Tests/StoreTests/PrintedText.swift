import TestSupport

// What psql printed, made comparable: moments near now are replaced by what they stand for.

extension World {
  /// The days around today, as PostgreSQL prints them.
  func daysNearNow() async throws -> [String] {
    let days = try await sql("SELECT (current_date + n)::text FROM generate_series(-45, 45) AS n")
    return days.split(separator: "\n").map(String.init)
  }

  /// Replaces what depends on the moment at which the test runs.
  func steady(_ text: String) async throws -> String {
    var text = text
    for day in try await daysNearNow() { text = text.replacing(day, with: "<day>") }
    text = text.replacing(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) <day>/, with: "<day>")
    text = text.replacing(
      /<day>[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d| UTC)?/,
      with: "<day> <time>"
    )
    text = text.replacing(/\b(today|yesterday) \d\d:\d\d/, with: "<day> <time>")
    text = text.replacing(/\bin \d+ (s|min|h|d)\b/, with: "in <while>")
    text = text.replacing(/\b\d+ (s|min|h|d) ago/, with: "<while> ago")
    return text.replacing(/\d+ days in the past/, with: "<number> days in the past")
  }

  /// Runs a script through psql as people use it; errors stand where they happened.
  ///
  /// - Parameters:
  ///   - file: the script.
  ///   - options: further options of psql.
  func session(_ file: String, _ options: String...) async throws -> String {
    let output = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        """
        file=$1; conninfo=$2; shift 2
        exec psql -X -q --set=SHOW_CONTEXT=never --pset=pager=off --dbname="$conninfo" "$@" <"$file" 2>&1
        """,
        "sh", file, conninfo,
      ] + options,
      environment: [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "PGTZ": "UTC", "PGCLIENTENCODING": "UTF8",
        "LC_ALL": "C.UTF-8",
      ]
    )
    return output.stdout
  }
}
