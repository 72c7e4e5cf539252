package luna.sender.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import luna.sender.admission.WorkQueue;
import luna.sender.config.Config;
import luna.sender.event.BusAddresses;
import luna.sender.event.MalformedPayloadException;
import luna.sender.event.PayloadParser;

/**
 * Handles operation {@code publish}: publishes a payload to the Redis channel of the account, as
 * the platform does.
 *
 * <p>How: the payload is validated by the contract and then by the parser of payloads from Redis,
 * in a {@link WorkQueue}, and is published byte for byte.
 *
 * <p>Errors: {@link ApiError#BAD_BODY} with the place in the payload, {@link ApiError#UNAVAILABLE}
 * if Redis does not confirm it, {@link luna.sender.admission.LimitExceeded} under load, and those
 * of {@link RequestBodies#read}. Without {@code CONSOLE_PUBLISH}, the path does not exist.
 *
 * <p>Owner: confined to its event loop. Submitted tasks are stateless.
 */
final class PublishHandler implements Handler<RoutingContext> {
  private final String channelPrefix;
  private final Validator schema;
  private final RequestBodies bodies;
  private final WorkQueue work;
  private final PayloadParser parser;
  private final DeliveryOptions local;

  PublishHandler(Config config, Contract contract, RequestBodies bodies, WorkQueue work) {
    this.channelPrefix = config.redis().channelPrefix() + ":";
    this.schema = contract.bodyValidator("publish");
    this.bodies = bodies;
    this.work = work;
    this.parser =
        new PayloadParser(config.redis().payloadLimitBytes(), contract.filters().events(), false);
    this.local =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setSendTimeout(config.redis().commandTimeout().multipliedBy(3).toMillis());
  }

  @Override
  public void handle(RoutingContext context) {
    String account = RequestState.of(context).account();
    RequestBodies.requireJson(context.request());
    bodies
        .read(context)
        .compose(
            payload ->
                work.submit(account, () -> countEvents(account, payload))
                    .compose(events -> publish(context.vertx(), account, payload, events)))
        .onSuccess(result -> Responses.json(context.request(), result))
        .onFailure(context::fail);
  }

  /** Validates the payload and returns the number of its events. */
  private int countEvents(String account, Buffer payload) {
    if (!(decode(payload) instanceof JsonObject json)) {
      throw ExplainBody.notObject();
    }
    OutputUnit result = schema.validate(json);
    if (!Boolean.TRUE.equals(result.getValid())) {
      throw new ApiException(ApiError.BAD_BODY, ParameterError.inBody(result));
    }
    try {
      return parser.parse(account, payload.getBytes(), System.nanoTime()).events().size();
    } catch (MalformedPayloadException failure) {
      throw new ApiException(ApiError.BAD_BODY, "body: " + failure.reason().label());
    }
  }

  private static Object decode(Buffer payload) {
    try {
      return Json.decodeValue(payload);
    } catch (DecodeException failure) {
      throw ExplainBody.notJson(
          failure.getCause() instanceof JsonProcessingException notJson
              ? notJson.getLocation()
              : null);
    }
  }

  private Future<JsonObject> publish(Vertx vertx, String account, Buffer payload, int events) {
    return vertx
        .eventBus()
        .<Integer>request(
            BusAddresses.PUBLISH_PAYLOAD,
            payload,
            new DeliveryOptions(local).addHeader("account", account))
        .map(Message::body)
        .map(
            subscribers ->
                new JsonObject()
                    .put("channel", channelPrefix + account)
                    .put("events", events)
                    .put("subscribers", subscribers))
        .recover(
            failure ->
                Future.failedFuture(
                    new ApiException(
                        ApiError.UNAVAILABLE,
                        "Redis is unavailable: the payload may not have been published")));
  }
}
