# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant without a screen, with its MQTT integration at a broker of this machine.

Run it with a Python that has the packages homeassistant, home-assistant-frontend,
home-assistant-intents, hassil, mutagen, PyTurboJPEG, numpy and paho-mqtt:

    python home_assistant_host.py FOLDER PORT

FOLDER has its configuration.yaml. For each line on stdin it prints one of JSON: the devices that
MQTT found and their entities. With --check it gives a discovery message on stdin to the schemas by
which Home Assistant reads it, and raises what they refuse.
"""

import asyncio
import json
import sys

SHOWN = (
    "device_class",
    "unit_of_measurement",
    "state_class",
    "friendly_name",
    "frequency",
    "label",
)


async def check(message):
    """Gives the message and each of its components to the schemas by which they are read."""
    from homeassistant import core
    from homeassistant.components.mqtt import binary_sensor, device_trigger, sensor
    from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA

    schemas = {
        "sensor": sensor.DISCOVERY_SCHEMA,
        "binary_sensor": binary_sensor.DISCOVERY_SCHEMA,
        "device_automation": device_trigger.TRIGGER_DISCOVERY_SCHEMA,
    }
    hass = core.HomeAssistant("")  # templates need one
    DEVICE_DISCOVERY_SCHEMA(message)
    for one in message["components"].values():
        rest = {name: value for name, value in one.items() if name != "platform"}
        schemas[one["platform"]]({**rest, "device": message["device"]})
    await hass.async_stop(force=True)


async def start(folder, port):
    """Starts it, with the broker added as a person does in its settings."""
    from homeassistant import bootstrap, runner

    hass = await bootstrap.async_setup_hass(runner.RuntimeConfig(config_dir=folder, skip_pip=True))
    flow = hass.config_entries.flow
    form = await flow.async_init("mqtt", context={"source": "user"})
    added = await flow.async_configure(form["flow_id"], {"broker": "127.0.0.1", "port": port})
    if added["type"] != "create_entry":
        raise RuntimeError(f"the broker is refused: {added.get('errors')}")
    await hass.async_start()  # automations begin to listen to the broker
    await hass.async_block_till_done()
    return hass


async def shown(hass):
    """What it shows: devices with their entities and triggers, and notifications."""
    from homeassistant.components import device_automation, persistent_notification
    from homeassistant.helpers import device_registry, entity_registry

    await hass.async_block_till_done()
    trigger = device_automation.DeviceAutomationType.TRIGGER
    entities, devices = entity_registry.async_get(hass), []
    for device in device_registry.async_get(hass).devices.values():
        if not any(domain == "mqtt" for domain, _ in device.identifiers):
            continue
        found = await device_automation.async_get_device_automations(hass, trigger, [device.id])
        own = entity_registry.async_entries_for_device(entities, device.id, True)
        devices.append(
            {
                "name": device.name,
                "model": device.model,
                "sw_version": device.sw_version,
                "identifiers": [identifier for _, identifier in device.identifiers],
                "entities": {one.entity_id: as_shown(hass, one) for one in own},
                "triggers": sorted(
                    f"{one['subtype']}: {one['type']}"
                    for one in found[device.id]
                    if one["domain"] == "mqtt"
                ),
            }
        )
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    return {
        "devices": devices,
        "notifications": sorted(one["message"] for one in notifications.values()),
    }


def as_shown(hass, entity):
    state = hass.states.get(entity.entity_id)
    attributes = {} if state is None else state.attributes
    return {
        "disabled": entity.disabled_by is not None,
        "category": entity.entity_category,
        "state": state and state.state,
        **{name: attributes[name] for name in SHOWN if name in attributes},
    }


async def main(folder, port):
    hass = await start(folder, port)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await shown(hass), default=str), flush=True)
    await hass.async_stop()


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        asyncio.run(check(json.load(sys.stdin)))
    else:
        asyncio.run(main(sys.argv[1], int(sys.argv[2])))
