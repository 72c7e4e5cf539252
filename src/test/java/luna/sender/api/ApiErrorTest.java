package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ApiErrorTest {
  private static final String INPUT = "Bad/incomplete input data";
  private static final String NEEDS_TOKEN =
      "This resource needs \"Authorization\" authorization headers";

  private record Example(ApiError error, String what) {}

  /** The error of each example in the contract. */
  private static final Map<String, Example> EXAMPLES = new TreeMap<>();

  static {
    example("badParameter", ApiError.BAD_QUERY, "limit: 0 (expected: an integer from 1 to 1000)");
    example("scopeMissing", ApiError.SCOPE_MISSING, "close");
    example(
        "connectionNotFound",
        ApiError.CONNECTION_NOT_FOUND,
        "Connection 5f0c3a91-1204 not found on this node");
    example("nodeBusy", ApiError.UNAVAILABLE, "an event loop does not answer");
    example("badFilter", ApiError.BAD_QUERY, "age__gte: -1 (expected: an integer of 0 or more)");
    example("filterGivenTwice", ApiError.BAD_QUERY, "gender: given 2 times (expected: once)");
    example("strictFilter", ApiError.BAD_QUERY, "source: unknown (did you mean sources?)");
    example("missingAccount", ApiError.REQUIRED_MISSING, "Luna-Account-Id");
    example("badAccount", ApiError.BAD_HEADER, "Luna-Account-Id: 42 (expected: a UUID)");
    example("missingToken", ApiError.TOKEN_MISSING, "");
    example("badToken", ApiError.TOKEN_REFUSED, "the token has expired");
    example(
        "forbiddenAccount",
        ApiError.ACCOUNT_FORBIDDEN,
        "account 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a");
    example(
        "forbiddenOrigin",
        ApiError.ORIGIN_FORBIDDEN,
        "Origin: https://elsewhere.example (expected: the service's own origin, or one of"
            + " ALLOWED_ORIGINS)");
    example(
        "twoAccounts",
        ApiError.BAD_QUERY,
        "account_id: 904e635f-3a47-4832-b4d6-d2d72ba78451 (expected: the same as Luna-Account-Id,"
            + " 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a)");
    example("notWebSocket", ApiError.NOT_WEBSOCKET, "Upgrade: none (expected: websocket)");
    example("badBody", ApiError.BAD_BODY, "body: not an object (expected: a JSON object)");
    example(
        "badPayload",
        ApiError.BAD_BODY,
        "events/0/tags: Instance type string is invalid. Expected array, null");
    example("bodyTimeout", ApiError.BODY_TIMEOUT, "the body was not received in time");
    example("bodyTooLarge", ApiError.BODY_TOO_LARGE, "the body is too large");
    example(
        "eventNotKept",
        ApiError.EVENT_NOT_KEPT,
        "event_id: 3d2f6a0e-6f4a-4a43-8d5a-1f2a7f3b9c11 (expected: the event itself, because"
            + " KEPT_EVENTS is 0)");
    example("keysUnavailable", ApiError.UNAVAILABLE, "The token keys could not be fetched");
    example("missingAccept", ApiError.REQUIRED_MISSING, "Accept");
    example("badHeader", ApiError.BAD_HEADER, "Luna-Request-Id: given 2 times (expected: once)");
    example("notFound", ApiError.NOT_FOUND, "");
    example("methodNotAllowed", ApiError.METHOD_NOT_ALLOWED, "");
    example("uriTooLong", ApiError.URI_TOO_LONG, "the URL is too long");
    example(
        "unsupportedMediaType",
        ApiError.UNSUPPORTED_MEDIA_TYPE,
        "Accept: image/png (expected: application/x-yaml or text/html)");
    example("headersTooLarge", ApiError.HEADERS_TOO_LARGE, "The headers are too large");
    example("internalError", ApiError.INTERNAL, "internal server error");
    example("nodeFull", ApiError.FULL, "Connection limit reached");
    example("accountFull", ApiError.TOO_MANY, "The account has too many connections");
    example("addressFull", ApiError.TOO_MANY, "The address has too many connections");
    example("tooFast", ApiError.TOO_MANY, "Too many handshakes from this address");
    example(
        "unhealthy",
        ApiError.UNHEALTHY,
        "redis: Redis is unavailable: the peer closed the connection");
    example("notAlive", ApiError.NOT_READY, "event loop 1: has run no task for 12 s");
    example(
        "notReady",
        ApiError.NOT_READY,
        "redis: 0 of 1 bridges ready: Redis is unavailable: the peer closed the connection");
    example(
        "redisUnavailable",
        ApiError.UNAVAILABLE,
        "Redis is unavailable: the subscription could not be confirmed");
    example(
        "publishFailed",
        ApiError.UNAVAILABLE,
        "Redis is unavailable: the payload may not have been published");
    example(
        "historyRequired",
        ApiError.BAD_QUERY,
        "history: off (expected: LUNA_SENDER_HISTORY.MODE redis)");
    example(
        "historyOff",
        ApiError.BAD_QUERY,
        "after: 18c3a2b4f00112-42-1732896000000-0 (expected: none, because"
            + " LUNA_SENDER_HISTORY.MODE is off)");
    example(
        "historyUnavailable",
        ApiError.UNAVAILABLE,
        "Redis is unavailable: the history could not be read");
  }

  private static void example(String name, ApiError error, String what) {
    EXAMPLES.put(name, new Example(error, what));
  }

  @ParameterizedTest
  @CsvSource({
    "INTERNAL, 1, 500, internal server error, W",
    "UNAVAILABLE, 1, 503, internal server error, W",
    "ACCOUNT_FORBIDDEN, 11060, 403, Forbidden, Access to the resource is denied due to token"
        + " restrictions. Required 'W' resource permission",
    "SCOPE_MISSING, 11060, 403, Forbidden, Access to the resource is denied due to token"
        + " restrictions. Required 'W' resource permission",
    "CONNECTION_NOT_FOUND, 12013, 404, Resource not found, W",
    "TOKEN_REFUSED, 11065, 401, Authorization failed, W",
    "TOKEN_MISSING, 12010, 401, " + INPUT + ", " + NEEDS_TOKEN,
    "FULL, 1, 503, internal server error, W",
    "TOO_MANY, 1, 429, Too many requests, W",
    "BAD_QUERY, 12012, 400, " + INPUT + ", Bad query parameters: W",
    "URI_TOO_LONG, 12012, 414, " + INPUT + ", Bad query parameters: W",
    "EVENT_NOT_KEPT, 12013, 404, Resource not found, W",
    "BAD_BODY, 12022, 400, " + INPUT + ", Failed to validate input json: W",
    "BODY_TIMEOUT, 12022, 408, " + INPUT + ", Failed to validate input json: W",
    "BODY_TOO_LARGE, 12022, 413, " + INPUT + ", Failed to validate input json: W",
    "NOT_FOUND, 12013, 404, Resource not found, Page not found",
    "REQUIRED_MISSING, 12014, 400, " + INPUT + ", Required parameters W not found",
    "METHOD_NOT_ALLOWED, 12021, 405, Method not allowed, Method not allowed",
    "UNSUPPORTED_MEDIA_TYPE, 12024, 415, Unsupported media type, " + INPUT + ": W",
    "BAD_HEADER, 12031, 400, " + INPUT + ", W",
    "ORIGIN_FORBIDDEN, 12031, 403, " + INPUT + ", W",
    "HEADERS_TOO_LARGE, 12031, 431, " + INPUT + ", W",
    "NOT_WEBSOCKET, 12046, 400, " + INPUT + ", Invalid http request: W",
    "UNHEALTHY, 38001, 502, Health check error, W",
    "NOT_READY, 38001, 503, Health check error, W",
  })
  void errorHasItsCodeStatusAndTexts(
      ApiError error, int code, int status, String desc, String detail) {
    assertThat(error.code()).isEqualTo(code);
    assertThat(error.status()).isEqualTo(status);
    assertThat(error.body("W").encode())
        .isEqualTo(
            new JsonObject()
                .put("error_code", code)
                .put("desc", desc)
                .put("detail", detail)
                .encode());
  }

  @Test
  void everyErrorExampleEqualsAResponseOfTheService() {
    JsonNode examples = OpenApi.document().at("/components/examples");
    List<String> names = new ArrayList<>();
    examples.fieldNames().forEachRemaining(names::add);
    assertThat(EXAMPLES.keySet()).containsExactlyInAnyOrderElementsOf(names);
    EXAMPLES.forEach(
        (name, example) ->
            assertThat(example.error().body(example.what()))
                .as(name)
                .isEqualTo(new JsonObject(examples.path(name).path("value").toString())));
  }

  @Test
  void everyErrorHasAnExampleUnderItsStatus() {
    JsonNode document = OpenApi.document();
    Map<String, Set<String>> statuses = new HashMap<>();
    for (JsonNode path : document.path("paths")) {
      for (JsonNode operation : path) {
        operation
            .path("responses")
            .fields()
            .forEachRemaining(
                response -> {
                  JsonNode answer = resolved(document, response.getValue());
                  answer
                      .at("/content/application~1json/examples")
                      .fieldNames()
                      .forEachRemaining(
                          name ->
                              statuses
                                  .computeIfAbsent(name, n -> new TreeSet<>())
                                  .add(response.getKey()));
                });
      }
    }
    EnumSet<ApiError> shown = EnumSet.noneOf(ApiError.class);
    EXAMPLES.forEach(
        (name, example) -> {
          shown.add(example.error());
          assertThat(statuses.get(name))
              .as(name)
              .containsExactly(String.valueOf(example.error().status()));
        });
    assertThat(shown).containsExactly(ApiError.values());
  }

  @ParameterizedTest
  @EnumSource(ApiError.class)
  void everyCodeIsInTheSchema(ApiError error) {
    String codes =
        OpenApi.document().at("/components/schemas/Error/properties/error_code").toString();
    assertThat(codes).containsPattern("\\b" + error.code() + "[: ]");
  }

  @ParameterizedTest
  @EnumSource(ApiError.class)
  void valueOfAClientIsNotTreatedAsAPlaceholder(ApiError error) {
    String odd = "%s%d$1\\\"😀";
    String detail = error.body(odd).getString("detail");
    assertThat(detail).isEqualTo(error.body("W").getString("detail").replace("W", odd));
    assertThat(new JsonObject(error.body(odd).toBuffer()).getString("detail")).isEqualTo(detail);
  }

  private static JsonNode resolved(JsonNode document, JsonNode node) {
    String reference = node.path("$ref").asText();
    return reference.isEmpty() ? node : document.at(reference.substring(1));
  }
}
