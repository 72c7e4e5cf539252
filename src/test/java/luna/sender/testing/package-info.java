/**
 * What the tests share: a service on real sockets, a real Redis, a real client; events, given and
 * random, and the naive reading of them that the parser is held against.
 */
package luna.sender.testing;
