package luna.sender.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs Jazzer on one target until its time is over or it has found a fault.
 *
 * <p>Shape: {@code FuzzRun event.PayloadFuzz 30}, where 30 is minutes. The results are in {@code
 * target/fuzz/{target}}: {@code corpus} has the inputs that reach new code, {@code crash-*} the
 * failing ones. Add a failing input to {@link FuzzCorpus} together with the fix.
 *
 * <p>Errors: exits with Jazzer's exit code, 77 for a fault.
 *
 * <p>Source: https://github.com/CodeIntelligenceTesting/jazzer/blob/main/docs/common.md
 */
public final class FuzzRun {
  private FuzzRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String target = arguments[0];
    Duration time = Duration.ofMinutes(Long.parseLong(arguments[1]));
    String name = target.substring(target.lastIndexOf('.') + 1);
    Path seeds = Path.of("src", "test", "resources", "fuzz").toAbsolutePath();
    Path found = Path.of("target", "fuzz", name).toAbsolutePath();
    Path corpus = Files.createDirectories(found.resolve("corpus"));
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx1g",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=luna.sender." + target,
                "--instrumentation_includes=luna.sender.**",
                // Jazzer's own hooks are for other code, and one of them breaks Netty's use of
                // Unsafe. A target connects to its own server on loopback.
                "--custom_hook_includes=luna.sender.none.**",
                "--disabled_hooks="
                    + "com.code_intelligence.jazzer.sanitizers.ServerSideRequestForgery",
                "-max_total_time=" + time.toSeconds(),
                "-timeout=30",
                "-max_len=16384",
                "-print_final_stats=1",
                "-dict=" + seeds.resolve(name + ".dict"),
                "-artifact_prefix=" + found + File.separator,
                corpus.toString(),
                seeds.resolve(name).toString()));
    Process jazzer = new ProcessBuilder(command).inheritIO().directory(found.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(jazzer::destroy));
    System.exit(jazzer.waitFor());
  }
}
