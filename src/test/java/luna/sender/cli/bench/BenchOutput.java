package luna.sender.cli.bench;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** The exit code and the output of a {@link BenchCommand}. */
record BenchOutput(int code, String out, String err) {
  /** Runs the command in this JVM. */
  static BenchOutput of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new BenchOutput(code, out.toString(), err.toString());
  }

  JsonObject json() {
    return new JsonObject(out);
  }

  /** Returns an object of the JSON report. */
  JsonObject json(String name) {
    return json().getJsonObject(name);
  }

  long fault(String name) {
    return json("faults").getLong(name);
  }
}
