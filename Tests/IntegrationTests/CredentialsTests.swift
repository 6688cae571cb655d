import GraphSandbox
import TestSupport
import Testing

@Suite("belfry credentials")
struct CredentialsTests {
  @Test("no secret reaches an argument, an output, a log or a dump of the database")
  func secretsStaySecret() async throws {
    try await TestInstallation.stand { installation in
      let secret = "5f1e3d0c9b7a8d6e4f2c1b0a9d8e7f6a"
      try await installation.sql("DELETE FROM sealed_credentials")
      let token = try await installation.belfry(
        "credentials",
        "set",
        "sarah",
        input: "  \(TestInstallation.sarahToken)\n"
      )
      let appSecret = try await installation.belfry(
        "credentials",
        "set",
        "sarah",
        "app_secret",
        input: secret + "\n"
      )
      expectSuccess(token)
      #expect(token.stdout == "stored the access_token of sarah, sealed\n")
      expectSuccess(appSecret)

      // A failure that names the request is the likeliest place for a leak.
      installation.sandbox.inject(
        SandboxFault("create", answer: FaultAnswer(error: FaultError(code: 190, subcode: 463)))
      )
      try await installation.post(caption: "Secret")
      let pass = try await installation.belfry("post-scheduled")
      let outputs = [
        token, appSecret, pass,
        try await installation.belfry("credentials", "list"),
        try await installation.belfry("credentials", "list", "--json"),
        try await installation.belfry("credentials", "verify"),
        try await installation.belfry("status"),
        try await installation.belfry("config"),
      ]
      #expect(pass.stderr.contains("sarah"))
      let dump = try await ChildProcess.run("pg_dump", ["--dbname=\(installation.conninfo)"])
      expectSuccess(dump)
      #expect(dump.stdout.contains("COPY public.sealed_credentials"))
      for text in outputs.flatMap({ [$0.stdout, $0.stderr] }) + [dump.stdout] {
        #expect(!text.contains(TestInstallation.sarahToken))
        #expect(!text.contains(secret))
      }
      // With the token in the header alone, and the proof that the app secret makes.
      let create = try #require(installation.sandbox.requests.first { $0.operation == "create" })
      #expect(create.parameters["appsecret_proof"] != nil)
    }
  }

  @Test("set wants a token on standard input and a persona that exists")
  func setRefuses() async throws {
    try await TestInstallation.stand { installation in
      expectComplaint(
        try await installation.belfry("credentials", "set", "sarah"),
        exit: 1,
        "no access_token on standard input",
        hint: "belfry credentials set sarah"
      )
      expectComplaint(
        try await installation.belfry("credentials", "set", "mex", input: "EAAx\n"),
        exit: 1,
        "there is no persona 'mex'",
        hint: "Did you mean 'max'?"
      )
    }
  }

  @Test("import takes the old application's YAML from a file and from standard input")
  func imports() async throws {
    try await TestInstallation.stand { installation in
      try await installation.sql(
        "DELETE FROM sealed_credentials; UPDATE personas SET instagram_account_id = NULL, login = 'instagram' WHERE id = 1"
      )
      let file = try installation.write(
        """
        # config/credentials.yml of the old application
        secret_key_base: 0123
        instagram:
          app_id: 1000000000000001
          app_secret: 5f1e3d0c9b7a8d6e4f2c1b0a9d8e7f6a
          access_token: \(TestInstallation.sarahToken)
          account_id: "\(TestInstallation.sarahAccount)"

        """,
        to: "old.yml"
      )
      let fromFile = try await installation.belfry(
        "credentials",
        "import",
        file,
        "--persona",
        "sarah"
      )
      expectSuccess(fromFile)
      #expect(
        fromFile.stdout
          == "stored access_token, app_secret, app_id, account_id of sarah, secrets sealed\n"
      )
      #expect(
        try await installation.sql(
          "SELECT instagram_account_id, login, app_id FROM personas WHERE id = 1"
        )
          == "\(TestInstallation.sarahAccount)|facebook|1000000000000001"
      )
      let fromInput = try await installation.belfry(
        "credentials",
        "import",
        "--persona",
        "max",
        input: "production:\n  instagram:\n    access_token: \(TestInstallation.maxToken)\n"
      )
      expectSuccess(fromInput)
      #expect(fromInput.stdout == "stored access_token of max, secrets sealed\n")

      try await installation.post("sarah", caption: "Imported")
      try await installation.post("max", caption: "Imported too")
      expectSuccess(try await installation.belfry("post-scheduled"))
      try await installation.expectTruth()
      #expect(installation.sandbox.published().count == 2)

      expectComplaint(
        try await installation.belfry(
          "credentials",
          "import",
          "--persona",
          "max",
          input: "facebook: {}\n"
        ),
        exit: 78,
        "it has no 'instagram:' block",
        hint: "access_token"
      )
    }
  }

  @Test("verify asks Instagram: 0 and what it says, or 1 and what to do")
  func verifies() async throws {
    try await TestInstallation.stand { installation in
      let good = try await installation.belfry("credentials", "verify")
      expectSuccess(good)
      #expect(
        good.stdout.contains(
          "ok      sarah  @sarah.makes, account \(TestInstallation.sarahAccount), 0/100 posts"
        )
      )
      #expect(
        good.stdout.contains(
          "ok      max  @max.outside, account \(TestInstallation.maxAccount), 0/100 posts"
        )
      )
      let listing = try await installation.belfry("credentials", "list")
      #expect(listing.stdout.contains("sealed") && !listing.stdout.contains("never"))

      installation.sandbox.inject(
        SandboxFault(
          "any",
          account: TestInstallation.sarahAccount,
          times: 0,
          answer: FaultAnswer(error: FaultError(code: 190, subcode: 460))
        )
      )
      let bad = try await installation.belfry("credentials", "verify")
      #expect(bad.status == .exited(1))
      #expect(bad.stdout.contains("problem sarah  "))
      #expect(bad.stdout.contains("fix: "))
      #expect(bad.stdout.contains("ok      max  "))
      #expect(try await installation.belfry("credentials", "verify", "max").status == .exited(0))

      try await installation.sql(
        "UPDATE personas SET instagram_account_id = '17841400000000009' WHERE id = 2"
      )
      let wrong = try await installation.belfry("credentials", "verify", "max")
      #expect(wrong.status == .exited(1), "\(wrong.stdout)")
    }
  }
}
