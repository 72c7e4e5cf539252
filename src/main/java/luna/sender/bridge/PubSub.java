package luna.sender.bridge;

import io.vertx.redis.client.Command;

/** By which commands events come; the canary is PUBLISHed in both cases. */
enum PubSub {
  CLASSIC(Command.SUBSCRIBE, Command.UNSUBSCRIBE),
  SHARDED(Command.SSUBSCRIBE, Command.SUNSUBSCRIBE);

  final Command subscribe;
  final Command unsubscribe;

  PubSub(Command subscribe, Command unsubscribe) {
    this.subscribe = subscribe;
    this.unsubscribe = unsubscribe;
  }
}
