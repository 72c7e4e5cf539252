/** The requests of the page to the service's HTTP API, for the current account. */

/**
 * @param {() => {account: string, token: string}} identity
 * @param {boolean} explains whether the contract has the operation that explains events
 */
export function requests(identity, explains) {
  /** @returns {Promise<{answer?: any, status?: number, said?: any}>} without a status if the service cannot be reached */
  async function post(path, body) {
    const {account, token} = identity();
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(account && {'Luna-Account-Id': account}),
          ...(token && {Authorization: `Bearer ${token}`}),
        },
        body,
      });
      const said = await response.json().catch(() => ({}));
      return response.ok ? {answer: said} : {status: response.status, said};
    } catch {
      return {};
    }
  }

  function fault({status, said}) {
    return status === undefined
      ? 'The service cannot be reached.'
      : `The service responded with ${status}: ${said.detail ?? said.desc ?? 'no reason given'}`;
  }

  return {
    /** @returns {Promise<{answer?: any, fault?: string}>} */
    async explain(body) {
      const result = await post('2/explain', body);
      if (result.answer) {
        return {answer: result.answer};
      }
      if (!explains) {
        return {fault: 'This version of the service cannot explain events.'};
      }
      return {
        fault: result.status === 404 ? 'This node does not keep this event, or no longer does.' : fault(result),
      };
    },

    /** @returns {Promise<{answer?: any, fault?: string}>} */
    async publish(payload) {
      const result = await post('2/publish', payload);
      return result.answer ? {answer: result.answer} : {fault: fault(result)};
    },
  };
}
