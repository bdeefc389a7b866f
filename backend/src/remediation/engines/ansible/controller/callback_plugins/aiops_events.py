"""Tells the backend what a playbook does, over an own channel, so that nothing that a playbook prints can pass for it.

One JSON object a line with a growing `seq`, on the descriptor AIOPS_EVENTS_FD. Before the first play it waits for one
byte on the same descriptor: the backend sends it once it has noted the process, and a backend that died sends none.
"""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: aiops_events
type: stdout
short_description: events as NDJSON on a descriptor of their own
description: Events of plays, tasks and hosts, and the statistics at the end.
"""

LONGEST_TEXT = 65536
LINES_OF_OUTPUT = 20


def say(value):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:LONGEST_TEXT]


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'aiops_events'

    def __init__(self):
        super().__init__()
        self._channel = int(os.environ['AIOPS_EVENTS_FD'])
        self._seq = 0

    def _write(self, kind, host=None, text='', **more):
        self._seq += 1
        event = dict(seq=self._seq, kind=kind, host=host, text=say(text), **more)
        left = json.dumps(event).encode() + b'\n'
        try:
            while left:
                left = left[os.write(self._channel, left):]
        except OSError:
            pass  # The backend is gone; what was begun is better ended than broken off.

    @staticmethod
    def _read(result):
        fields = getattr(result, 'result', None)
        return fields if isinstance(fields, dict) else result._result

    @staticmethod
    def _named(result):
        task = getattr(result, 'task', None) or result._task
        host = getattr(result, 'host', None) or result._host
        return task.get_name(), host.get_name()

    def _told(self, fields):
        if fields.get('censored'):
            return fields['censored']
        said = [fields[key] for key in ('msg', 'stderr', 'module_stderr', 'stdout', 'module_stdout', 'exception')
                if fields.get(key)]
        lines = '\n'.join(say(part) for part in said[:3]).splitlines()
        return '\n'.join(lines[:LINES_OF_OUTPUT])

    def _host(self, kind, result, note=''):
        task, host = self._named(result)
        told = self._told(self._read(result))
        head = f'{task} ({note})' if note else task
        self._write(kind, host, f'{head}: {told}' if told else head)

    def v2_playbook_on_start(self, playbook):
        if os.read(self._channel, 1) != b'g':
            os._exit(75)

    def v2_playbook_on_play_start(self, play):
        self._write('step', None, f'play {play.get_name()}')

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._write('step', None, task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        self._write('step', None, f'handler {task.get_name()}')

    def v2_playbook_on_no_hosts_matched(self):
        self._write('note', None, 'no host matched this play')

    def v2_runner_on_ok(self, result):
        self._host('changed' if self._read(result).get('changed') else 'ok', result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._host('failed', result, 'ignored' if ignore_errors else '')

    def v2_runner_on_skipped(self, result):
        self._host('skipped', result)

    def v2_runner_on_unreachable(self, result):
        self._host('unreachable', result)

    def v2_runner_item_on_failed(self, result):
        self._host('note', result, 'one of its items failed')

    def v2_runner_retry(self, result):
        self._host('note', result, f"try {self._read(result).get('attempts')}")

    def v2_on_file_diff(self, result):
        fields = self._read(result)
        parts = fields['results'] if isinstance(fields.get('results'), list) else [fields]
        for part in parts:
            if isinstance(part, dict) and part.get('diff') and not fields.get('censored'):
                self._write('diff', self._named(result)[1], self._get_diff(part['diff']))

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._write('stats', hosts=hosts)
