/** The gateway that is tested. It is handed its northward object, so that a test can hand it the double. */
export class Gateway {
  #northward;
  #device;

  constructor(northward, device) {
    this.#northward = northward;
    this.#device = device;
  }

  async start() {
    await this.#northward.start();
    void this.#serve();
  }

  async #serve() {
    for await (const command of this.#northward.commands()) {
      if (command.kind !== 'write_point') continue;
      const { pointId, value } = command.data;
      try {
        await this.#device.write(pointId, value);
        await command.respond({ status: 'Success', appliedValue: value, deviceId: 7 });
      } catch (error) {
        await command.nack(error);
      }
    }
  }
}
