package luna.sender.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/**
 * In classes that handle input of clients, lines above DEBUG go through {@link RateLimitedLog}.
 * Exceptions are listed here, with what limits the number of their lines.
 */
final class LogLinesTest {
  private static final String ROOT = "luna.sender.";
  private static final Set<String> ABOVE_DEBUG =
      Set.of("info", "warn", "error", "atInfo", "atWarn", "atError", "atLevel");

  private static final Map<String, String> LIFE_CYCLE =
      Map.ofEntries(
          Map.entry("admission.Admission", "two lines at the start"),
          Map.entry("http.TlsReloader", "a change of the certificate's files, or one line a day"),
          Map.entry("http.TlsContext", "one line at the start"),
          Map.entry(
              "auth.FileWatcher", "files with keys or tokens have changed, or cannot be read"),
          Map.entry(
              "auth.KeySource", "the key set becomes unreachable or reachable, at most each 10 s"),
          Map.entry("bridge.RedisLink", "Redis is back"),
          Map.entry(
              "bridge.history.RecorderRole", "the recorder changes, at most three times per LEASE"),
          Map.entry("bridge.ReplicaWatch", "a replica of Redis becomes a master"),
          Map.entry("bridge.ActiveHandover", "a former master of Redis is found, or is gone"),
          Map.entry(
              "bridge.CommandPermissions",
              "a command that the node needs is refused, or accepted again"),
          Map.entry("api.OperatorQuestions", "an operator closes connections"));

  @Test
  void linesThatClientsCanCauseAreRateLimited() {
    Set<String> bypassing = new TreeSet<>();
    new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .importPackages(
            ROOT + "api",
            ROOT + "auth",
            ROOT + "admission",
            ROOT + "socket",
            ROOT + "bridge",
            ROOT + "http",
            ROOT + "pages")
        .forEach(
            type ->
                type.getMethodCallsFromSelf().stream()
                    .filter(LogLinesTest::isAboveDebug)
                    .forEach(call -> bypassing.add(outermost(call))));
    assertThat(bypassing).isEqualTo(new TreeSet<>(LIFE_CYCLE.keySet()));
  }

  private static boolean isAboveDebug(JavaMethodCall call) {
    return call.getTargetOwner().isAssignableTo(Logger.class)
        && ABOVE_DEBUG.contains(call.getTarget().getName());
  }

  private static String outermost(JavaMethodCall call) {
    String name = call.getOriginOwner().getName().substring(ROOT.length());
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
