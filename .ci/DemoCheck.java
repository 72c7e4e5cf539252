import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts the jar as {@code demo}, takes one filtered event with a client of the JDK, and stops it. */
public final class DemoCheck {
  private static final Pattern GENDER = Pattern.compile("\"gender\"\\s*:\\s*(\\d)");
  private static final Pattern ACCOUNT = Pattern.compile("Luna-Account-Id: ([0-9a-f-]{36})");

  public static void main(String[] arguments) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"), "-jar", arguments[0], "demo");
    builder.environment().put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port));
    Process demo = builder.redirectErrorStream(true).start();
    List<ProcessHandle> all;
    try {
      String account = account(demo);
      String event = firstEvent(port, account).get(30, TimeUnit.SECONDS);
      Matcher gender = GENDER.matcher(event);
      require(gender.find() && gender.group(1).equals("1"), "the event passes gender=1");
      System.out.println("Received an event of " + event.length() + " characters");
    } finally {
      all = demo.descendants().toList();
      demo.destroy();
      require(demo.waitFor(15, TimeUnit.SECONDS), "the demo stops");
    }
    for (ProcessHandle child : all) {
      child.onExit().get(5, TimeUnit.SECONDS);
    }
    require(!all.isEmpty(), "the demo ran a Redis of its own");
    System.out.println("The demo stopped and left no process");
  }

  private static String account(Process demo) throws Exception {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      seen.append(line).append('\n');
      Matcher account = ACCOUNT.matcher(line);
      if (account.find()) {
        // Nobody may let the pipe run full.
        Thread rest = new Thread(() -> drain(out));
        rest.setDaemon(true);
        rest.start();
        return account.group(1);
      }
    }
    throw new IllegalStateException("the demo ended without a greeting:\n" + seen);
  }

  private static void drain(BufferedReader out) {
    try {
      out.transferTo(Writer.nullWriter());
    } catch (IOException ended) {
      // So has the demo.
    }
  }

  private static CompletableFuture<String> firstEvent(int port, String account) throws Exception {
    CompletableFuture<String> event = new CompletableFuture<>();
    HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .header("Luna-Account-Id", account)
        .buildAsync(
            URI.create("ws://127.0.0.1:" + port + "/2/ws?gender=1"),
            new WebSocket.Listener() {
              private final StringBuilder text = new StringBuilder();

              @Override
              public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                text.append(data);
                if (last) {
                  event.complete(text.toString());
                }
                socket.request(1);
                return null;
              }
            })
        .get(30, TimeUnit.SECONDS);
    return event;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not so: " + what);
    }
  }
}
