package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the parameters of each operation of the contract that asks all nodes. */
final class OperatorParametersIT {
  private static final List<String> BAD =
      List.of(
          "cluster=2",
          "cluster=-1",
          "cluster=x",
          "cluster=",
          "cluster=1&cluster=1",
          "wait=6&cluster=1",
          "wait=0&cluster=1",
          "wait=-1&cluster=1",
          "wait=5.01",
          "wait=x",
          "wait=NaN",
          "wait=1&wait=2");

  @RegisterExtension
  final Service service =
      Service.shared("LUNA_SENDER_ADMIN__TOKENS_FILE=" + OperatorTokensFile.create());

  @Test
  void fourOperationsAskAllNodes() {
    assertThat(operations()).hasSize(4);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void badValueIsNamed(String method, String path) {
    for (String query : BAD) {
      HttpResponse<String> refusal = send(method, path + "?" + query);
      assertThat(refusal.statusCode()).as(query).isEqualTo(400);
      assertThat(new JsonObject(refusal.body()).getString("detail"))
          .as(query)
          .contains(query.substring(0, query.indexOf('=')) + ":");
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void boundsAreAccepted(String method, String path) {
    int status = send(method, path).statusCode();
    assertThat(status).isEqualTo(path.startsWith("/connections/") ? 404 : 200);
    for (String query : List.of("cluster=0&wait=5", "cluster=1&wait=0.1", "cluster=1&wait=5")) {
      assertThat(send(method, path + "?" + query).statusCode()).as(query).isEqualTo(status);
    }
  }

  /** Each method and path of the contract with the parameter {@code cluster}. */
  static Stream<Arguments> operations() {
    return OpenApi.document().path("paths").properties().stream()
        .flatMap(
            path ->
                path.getValue().properties().stream()
                    .filter(operation -> asksAllNodes(operation.getValue()))
                    .map(operation -> request(path.getKey(), operation)));
  }

  private static boolean asksAllNodes(JsonNode operation) {
    return parameters(operation).anyMatch(each -> each.path("name").asText().equals("cluster"));
  }

  private static Arguments request(String path, Map.Entry<String, JsonNode> operation) {
    String id =
        parameters(operation.getValue())
            .filter(each -> each.path("in").asText().equals("path"))
            .map(each -> each.path("example").asText())
            .findFirst()
            .orElse("");
    return Arguments.of(operation.getKey().toUpperCase(Locale.ROOT), path.replace("{id}", id));
  }

  private static Stream<JsonNode> parameters(JsonNode operation) {
    return StreamSupport.stream(operation.path("parameters").spliterator(), false);
  }

  private HttpResponse<String> send(String method, String path) {
    return service.send(method, path, "Authorization", "Bearer " + OperatorTokensFile.CLOSE_TOKEN);
  }
}
