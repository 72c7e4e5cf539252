package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.RawHttp.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A token in a URL is rejected even if none is required, and is never shown. */
final class UrlSecretsIT {
  private static final String SECRET = "s3cret-of-a-user";

  @RegisterExtension final Service service = Service.shared("LUNA_SENDER_LOGGER__LOG_LEVEL=TRACE");

  private final String account = Service.account();

  @Test
  void tokenInAnyUrlIsRejectedAndNeverShown() {
    for (String query :
        List.of(
            "token=" + SECRET,
            "gender=1&Access%5FToken=" + SECRET,
            "gender=1;auth_token=" + SECRET,
            ";jwt=" + SECRET,
            "gender=7;bearer=" + SECRET,
            "token%3D" + SECRET,
            "Bearer+" + SECRET,
            "api_key=" + SECRET + "&api_key=" + SECRET,
            "x=eyJhbGciOiJIUzI1NiJ9.e30." + SECRET)) {
      for (String path : List.of("/2/ws", "/1/ws", "/version", "/", "/config", "/docs/spec")) {
        assertRefused(query, get(path + "?" + query, handshake(account)));
      }
      String json = new JsonObject().put("filter", query).put("event", new JsonObject()).encode();
      assertRefused(query, post("/2/explain", json, "Luna-Account-Id: " + account));
      assertRefused(query, post("/2/explain?" + query, "{}", "Luna-Account-Id: " + account));
    }
    assertThat(RawHttp.exchange(service.port(), get("/metrics")).text()).doesNotContain(SECRET);
    assertThat(service.warnings(SECRET)).isEmpty();
  }

  private void assertRefused(String query, String request) {
    Answer refusal = RawHttp.exchange(service.port(), request);
    assertThat(refusal.status()).as(request).isEqualTo(400);
    JsonObject error = new JsonObject(refusal.text());
    assertThat(error.getInteger("error_code")).as(query).isEqualTo(12012);
    assertThat(error.getString("detail")).contains("no token in the URL");
    assertThat(refusal.text() + refusal.headers()).as(request).doesNotContain(SECRET, "s3cret");
  }
}
