/** What the integration tests share: a service on real sockets, a real Redis, a real client. */
package luna.sender.testing;
