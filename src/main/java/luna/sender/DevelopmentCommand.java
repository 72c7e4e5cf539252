package luna.sender;

/**
 * A command for trying the service and for putting load on it. The service's own jar, which the
 * image has, goes without them and without what only they need; so {@link Main} looks them up.
 */
public interface DevelopmentCommand {}
