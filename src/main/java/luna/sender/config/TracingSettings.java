package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Traces for OpenTelemetry.
 *
 * <p>Owner: immutable.
 *
 * @param endpoint where spans are posted, by OTLP over HTTP; empty for no traces
 * @param sampleRatio the part of the payloads, and of the handshakes, that is traced
 * @param serviceName under which the spans are found
 * @param accountId whether the account is told
 * @param headers for the collector: {@code name=value,name=value}
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record TracingSettings(
    String endpoint, double sampleRatio, String serviceName, boolean accountId, Secret headers) {
  private static final Pattern HEADER =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\\x20-\\x2B\\x2D-\\x7E]+");

  public TracingSettings {
    if (!endpoint.isEmpty()) {
      Check.url("ENDPOINT", endpoint);
    }
    Check.ratio("SAMPLE_RATIO", sampleRatio);
    Check.notEmpty("SERVICE_NAME", serviceName);
    for (String header : split(headers)) {
      if (!HEADER.matcher(header).matches()) {
        throw Check.bad("HEADERS", Secret.MASK, "name=value, separated by commas");
      }
    }
  }

  /** Whether anything is ever traced. */
  public boolean enabled() {
    return !endpoint.isEmpty() && sampleRatio > 0;
  }

  /** The headers by their names. */
  public Map<String, String> headerValues() {
    Map<String, String> values = new LinkedHashMap<>();
    for (String header : split(headers)) {
      int equals = header.indexOf('=');
      values.put(header.substring(0, equals), header.substring(equals + 1));
    }
    return values;
  }

  private static String[] split(Secret headers) {
    return headers.isEmpty() ? new String[0] : headers.value().split(",", -1);
  }
}
