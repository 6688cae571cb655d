import FoundationEssentials
import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("Bad input: configuration and database")
struct BadConfigurationTests {
  @Test(
    "a database that does not answer is 75",
    arguments: [
      ["post-scheduled"], ["schedule-post", "sarah", "1", "--caption", "x"], ["migrate"],
    ]
  )
  func noDatabase(_ command: [String]) async throws {
    try await TestInstallation.stand { installation in
      try installation.configure(database: "host=/nonexistent dbname=belfry user=postgres")
      let output = try await installation.belfry(command)
      expectComplaint(output, exit: 75, "/nonexistent", hint: "")
    }
  }

  @Test("a connection string that is none, and a database that does not exist, are 78")
  func wrongDatabase() async throws {
    try await TestInstallation.stand { installation in
      try installation.configure(database: "dbname='belfry")
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "",
        hint: "Write it as 'host="
      )
      try installation.configure(database: installation.postgres.conninfo(database: "nowhere"))
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "database \"nowhere\" does not exist",
        hint: ""
      )
      try installation.configure(
        database: installation.conninfo.replacing("user=postgres", with: "user=stranger")
      )
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "role \"stranger\" does not exist",
        hint: ""
      )
    }
  }

  @Test("a schema that is missing, older or newer is 78, and nothing is published")
  func wrongSchema() async throws {
    try await TestInstallation.stand { installation in
      try await installation.post(caption: "Waits")
      let last = try await installation.sql(
        "SELECT row(m.*)::text FROM schema_migrations AS m ORDER BY version DESC LIMIT 1"
      )
      #expect(last.hasPrefix("("))

      try await installation.sql(
        "CREATE TEMP TABLE t AS SELECT 1; INSERT INTO schema_migrations (version, name, checksum, belfry_version) VALUES (9999, 'from_the_future', 'x', '99.0')"
      )
      for command in ["post-scheduled", "status", "run"] {
        expectComplaint(try await installation.belfry(command), exit: 78, "newer", hint: "belfry")
      }
      try await installation.sql(
        "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations WHERE version < 9999) OR version = 9999"
      )
      for command in ["post-scheduled", "status", "run"] {
        expectComplaint(
          try await installation.belfry(command),
          exit: 78,
          "schema",
          hint: "belfry migrate"
        )
      }
      let empty = try await installation.postgres.createDatabase()
      try installation.configure(database: empty)
      for command in ["post-scheduled", "status", "run"] {
        expectComplaint(
          try await installation.belfry(command),
          exit: 78,
          "schema",
          hint: "belfry migrate"
        )
      }
      #expect(installation.sandbox.requests.isEmpty)
      #expect(try await installation.posts().map(\.status) == ["scheduled"])
      #expect(try await installation.sql("SELECT count(*) FROM instances") == "0")
    }
  }

  @Test("a sealing key that is missing, wrong, broken or open to everybody is 78")
  func wrongKey() async throws {
    try await TestInstallation.stand { installation in
      try await installation.post(caption: "Waits")
      let key = "\(installation.directory)/credentials/belfry.key"
      try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: key)
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "\(key) may be read by every user",
        hint: "chmod o-rwx \(key)"
      )
      try installation.write(
        try await installation.anotherKey(),
        to: "credentials/belfry.key",
        mode: 0o600
      )
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "the stored credentials do not open",
        hint: "key"
      )
      try installation.write("short", to: "credentials/belfry.key", mode: 0o600)
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "is not a sealing key",
        hint: "belfry credentials new-key"
      )
      try FileManager.default.removeItem(atPath: key)
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "the credential belfry.key is missing: there is no \(key)",
        hint: "belfry credentials new-key"
      )
      expectComplaint(
        try await installation.belfry(
          "post-scheduled",
          environment: ["CREDENTIALS_DIRECTORY": nil]
        ),
        exit: 78,
        "CREDENTIALS_DIRECTORY is not set",
        hint: "belfry credentials new-key"
      )
      #expect(installation.sandbox.requests.isEmpty)
      #expect(try await installation.posts().map(\.attempts) == [0])
    }
  }

  @Test("a configuration that is missing, has an unknown key or a bad value is 78")
  func wrongConfiguration() async throws {
    try await TestInstallation.stand { installation in
      try installation.write("schedule:\n  wakes: 3600\n", to: "belfry.yaml")
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "unknown key 'schedule.wakes'",
        hint: "did you mean 'schedule.wake'?"
      )
      try installation.configure(wake: 7)
      expectComplaint(
        try await installation.belfry("run"),
        exit: 78,
        "schedule.wake",
        hint: "6 or 8"
      )
      try installation.configure()
      expectComplaint(
        try await installation.belfry("status", environment: ["BELFRY_SHEDULE_WAKE": "60"]),
        exit: 78,
        "BELFRY_SHEDULE_WAKE",
        hint: "did you mean 'BELFRY_SCHEDULE_WAKE'?"
      )
      try installation.configure(database: installation.conninfo + " password=hunter2")
      let output = try await installation.belfry("status")
      expectComplaint(output, exit: 78, "contains a password", hint: "database.password")
      #expect(!output.stderr.contains("hunter2"))
      let path = "\(installation.directory)/belfry.yaml"
      try FileManager.default.removeItem(atPath: path)
      expectComplaint(
        try await installation.belfry("post-scheduled"),
        exit: 78,
        "cannot read \(path): it does not exist",
        hint: "--config"
      )
    }
  }

  @Test(
    "a command line that is wrong is 64",
    arguments: [
      ["stat"], ["status", "--bogus"], ["schedule-post", "sarah"],
      ["migrate", "--status", "--verify"],
    ]
  )
  func wrongUsage(_ command: [String]) async throws {
    let output = try await ChildProcess.run(builtProduct("belfry"), command)
    #expect(output.status == .exited(64))
    #expect(output.stdout == "")
    #expect(output.stderr.hasPrefix("Error: "))
  }
}

@Suite("Bad input: posts")
struct BadPostTests {
  @Test("a photo that cannot be used fails its post with cause, fix and exit 1; others go out")
  func unusablePhotos() async throws {
    try await TestInstallation.stand { installation in
      try installation.write("\u{89}PNG\r\n\u{1A}\n and so on", to: "photos/picture.jpg")
      try await installation.sql(
        """
        INSERT INTO photos (persona_id, path) VALUES
          (1, 'gone.jpg'), (1, 'picture.jpg'), (1, '\(installation.directory)/photos/max')
        """
      )
      let gone = try await installation.post(photo: "gone.jpg", caption: "Gone")
      let text = try await installation.post(photo: "picture.jpg", caption: "No JPEG")
      let directory = try await installation.post(photo: "photos/max", caption: "A directory")
      let good = try await installation.post(caption: "Good")
      let output = try await installation.belfry("post-scheduled")
      #expect(output.status == .exited(1))
      #expect(output.stdout == "1 posted, 0 deferred, 3 failed, 0 unconfirmed\n")
      for (id, name, what) in [
        (gone, "\(installation.directory)/photos/gone.jpg", "does not exist"),
        (text, "\(installation.directory)/photos/picture.jpg", ""),
        (directory, "\(installation.directory)/photos/max", "is not a regular file"),
      ] {
        let row = try await installation.post(id)
        #expect(row.status == "failed" && row.failureClass == "permanent" && !row.isLeased)
        #expect(row.cause?.contains(name) == true, "\(row)")
        #expect(row.cause?.contains(what) == true, "\(row)")
        #expect(row.fix?.contains("belfry retry \(id)") == true)
      }
      #expect(try await installation.post(good).status == "posted")
      try await installation.expectTruth()
      #expect(try installation.publicFiles == [])

      // The repair that the row names works.
      try FileManager.default.copyItem(
        atPath: "\(installation.directory)/photos/sarah/dunes-007.jpg",
        toPath: "\(installation.directory)/photos/gone.jpg"
      )
      expectSuccess(try await installation.belfry("retry", "\(gone)"))
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(try await installation.post(gone).status == "posted")
    }
  }

  @Test("a persona without a token is held and its post waits, exit 1; the other persona publishes")
  func missingCredentials() async throws {
    try await TestInstallation.stand { installation in
      try await installation.sql("DELETE FROM sealed_credentials WHERE persona_id = 1")
      let waits = try await installation.post("sarah", caption: "No token")
      let goes = try await installation.post("max", caption: "With token")
      let output = try await installation.belfry("post-scheduled")
      #expect(output.status == .exited(1), "\(output.stdout)")
      #expect(try await installation.post(goes).status == "posted")
      let row = try await installation.post(waits)
      #expect(row.status == "scheduled" && row.failureClass == "account")
      #expect(row.cause?.contains("persona sarah has no access token") == true)
      #expect(row.fix?.contains("belfry credentials set sarah") == true)
      #expect(
        try await installation.sql("SELECT name FROM personas WHERE held_by = 'belfry'") == "sarah"
      )

      let status = try await installation.belfry("status")
      #expect(status.stdout.contains("HELD by belfry"))
      #expect(status.stdout.contains("persona sarah has no access token"))
      #expect(
        status.stdout.contains("\n     fix: belfry credentials set sarah\n"),
        "\(status.stdout)"
      )

      // Storing a token releases the persona, and the post goes out.
      expectSuccess(
        try await installation.belfry(
          "credentials",
          "set",
          "sarah",
          input: TestInstallation.sarahToken + "\n"
        )
      )
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(try await installation.post(waits).status == "posted")
    }
  }

  @Test("schedule-post names the nearest persona and the photos that fit")
  func unknownNames() async throws {
    try await TestInstallation.stand { installation in
      expectComplaint(
        try await installation.belfry("schedule-post", "sara", "beach-014.jpg", "--caption", "x"),
        exit: 1,
        "there is no persona 'sara'",
        hint: "Did you mean 'sarah'?"
      )
      expectComplaint(
        try await installation.belfry("schedule-post", "sarah", "beach.jpg", "--caption", "x"),
        exit: 1,
        "sarah has no photo 'beach.jpg'",
        hint: "INSERT INTO photos"
      )
      expectComplaint(
        try await installation.belfry(
          "schedule-post",
          "sarah",
          "beach-014.jpg",
          "--caption",
          "x",
          "--at",
          "half past never"
        ),
        exit: 1,
        "half past never",
        hint: ""
      )
      #expect(try await installation.posts() == [])
      #expect(installation.sandbox.requests.isEmpty)
    }
  }

  @Test(
    "a public address that does not work is a matter of configuration: deferred, with the address"
  )
  func unreachableWebroot() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(caption: "Nobody sees it")
      let output = try await installation.belfry(
        "post-scheduled",
        environment: [
          "BELFRY_MEDIA_WEBROOT_BASE_URL": "\(installation.sandbox.baseURL)/_files/elsewhere/"
        ]
      )
      #expect(output.status == .exited(75))
      let row = try await installation.post(id)
      #expect(row.status == "scheduled" && row.failureClass == "configuration")
      #expect(
        row.cause?.contains("it answers 404 (\(installation.sandbox.baseURL)/_files/elsewhere/")
          == true
      )
      #expect(row.fix?.contains("media.webroot.base_url") == true)
      #expect(try installation.publicFiles == [])
      #expect(installation.sandbox.requests.isEmpty)
    }
  }
}
