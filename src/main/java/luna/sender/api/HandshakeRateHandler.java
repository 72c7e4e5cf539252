package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import luna.sender.admission.Admission;
import luna.sender.admission.LimitExceeded;

/**
 * Enforces the handshake rate: the first handler of operations {@code ws}, {@code events}, {@code
 * explain} and {@code publish}. It rejects clients that exceed their handshake rate before a
 * request costs anything. It enforces no other limit.
 *
 * <p>See: the limits per account and per address, and those of filters, are in {@link
 * luna.sender.admission.Admission.Reservation}, which {@link Streams} takes when the account is
 * known.
 *
 * <p>Errors: {@link LimitExceeded}.
 */
final class HandshakeRateHandler implements Handler<RoutingContext> {
  private final Admission admission;
  private final Operation operation;

  HandshakeRateHandler(Admission admission, Operation operation) {
    this.admission = admission;
    this.operation = operation;
  }

  @Override
  public void handle(RoutingContext context) {
    RequestState state = RequestState.of(context);
    state.operation(operation);
    HttpServerRequest request = context.request();
    long client = admission.client(request.remoteAddress(), request.headers());
    state.client(client);
    admission.checkHandshakeRate(client);
    context.next();
  }
}
