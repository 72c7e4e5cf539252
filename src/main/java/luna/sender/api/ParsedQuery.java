package luna.sender.api;

import io.vertx.core.json.JsonObject;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.WsSettings;
import luna.sender.config.WsSettings.SlowPolicy;
import luna.sender.filter.EventFilter;
import luna.sender.filter.FilterContract;
import luna.sender.filter.FilterWarnings;
import luna.sender.headers.EncodedTexts;
import luna.sender.socket.Start;
import luna.sender.socket.SubscribeOptions;
import org.jspecify.annotations.Nullable;

/**
 * The query of a handshake without its {@link StartParameters}: its options, and what is odd about
 * it.
 *
 * <p>Errors: {@link ApiError#BAD_QUERY} for what the contract's schemas cannot express, and with
 * {@code strict=1} for whatever is odd.
 *
 * @param ignored the names of unknown parameters, encoded and separated by commas
 * @param warnings as {@link EncodedTexts}
 */
record ParsedQuery(SubscribeOptions options, String ignored, String warnings) {
  private static final int WARNINGS_LIMIT = 2048;

  static ParsedQuery of(
      String query, ValidatedRequest validated, FilterContract filters, Config config) {
    WsSettings settings = config.ws();
    JsonObject values = new JsonObject();
    for (Map.Entry<String, RequestParameter> parameter : validated.getQuery().entrySet()) {
      if (!parameter.getValue().isNull()
          && !parameter.getKey().equals(AccountAuthorizationHandler.PARAMETER)
          && !StartParameters.NAMES.contains(parameter.getKey())) {
        values.put(parameter.getKey(), parameter.getValue().get());
      }
    }
    EventFilter filter = filters.filter(values);
    SubscribeOptions options =
        new SubscribeOptions(
            filter,
            slowPolicy(values.getString("slow"), settings.slowPolicies()),
            isSet(values, "gaps"),
            stats(isSet(values, "stats"), settings),
            positions(isSet(values, "positions"), config),
            Start.LIVE);
    UnknownParameters unknown =
        UnknownParameters.of(QueryString.of(query), validated.getQuery().keySet());
    List<String> warnings = FilterWarnings.of(filter);
    if (isSet(values, "strict")) {
      rejectOdd(unknown, warnings);
    }
    return new ParsedQuery(options, unknown.listed(), encoded(unknown.warnings(), warnings));
  }

  private static boolean isSet(JsonObject values, String name) {
    return values.getInteger(name, 0) == 1;
  }

  private static void rejectOdd(UnknownParameters unknown, List<String> warnings) {
    String fault = unknown.fault();
    if (fault == null && !warnings.isEmpty()) {
      fault = warnings.get(0);
    }
    if (fault != null) {
      throw new ApiException(ApiError.BAD_QUERY, fault);
    }
  }

  private static String encoded(List<String> ofNames, List<String> ofFilter) {
    List<String> warnings = new ArrayList<>(ofNames);
    warnings.addAll(ofFilter);
    return EncodedTexts.encode(warnings, WARNINGS_LIMIT);
  }

  private static SlowPolicy slowPolicy(@Nullable String asked, List<SlowPolicy> slowPolicies) {
    if (asked == null) {
      return slowPolicies.get(0);
    }
    return slowPolicies.stream()
        .filter(policy -> policy.toString().equals(asked))
        .findFirst()
        .orElseThrow(
            () ->
                new ApiException(
                    ApiError.BAD_QUERY,
                    "slow: " + asked + " (expected: one of " + slowPolicies + ")"));
  }

  private static boolean stats(boolean asked, WsSettings settings) {
    if (asked && settings.statsInterval().isZero()) {
      throw new ApiException(
          ApiError.BAD_QUERY, "stats: 1 (expected: 0, because STATS_INTERVAL is 0)");
    }
    return asked;
  }

  private static boolean positions(boolean asked, Config config) {
    if (asked && !config.history().enabled()) {
      throw StartParameters.off(ApiError.BAD_QUERY, "positions", 1);
    }
    return asked;
  }
}
