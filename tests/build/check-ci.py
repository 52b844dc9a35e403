#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The description of CI for GitLab: what its jobs name is there.

Each job has a script, a stage that is defined and an image; what it extends or needs is a
job; what a script calls is in the tree, and can be executed; and a setting is one that a job
may have.
"""

import argparse
import os
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    print('needs python3-yaml')
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of the whole file; everything else is a job
GLOBALS = {'include', 'stages', 'default', 'variables', 'workflow'}
SETTINGS = {'after_script', 'allow_failure', 'artifacts', 'before_script', 'cache', 'extends', 'image',
            'interruptible', 'needs', 'parallel', 'rules', 'script', 'stage', 'tags', 'timeout', 'variables'}
PATH = re.compile(r'(?<![\w./-])((?:build-aux|docs|tests|examples|gstreamer|bindings)/[\w./-]+\.(?:sh|py))')
VARIABLE = re.compile(r'^\$([A-Z_]+)$')


def resolve(jobs, name, seen=()):
    """A job with what it extends; what is missing is left out, and reported elsewhere."""
    job = jobs.get(name, {})
    result = {}
    parents = job.get('extends', [])
    for parent in [parents] if isinstance(parents, str) else parents:
        if parent not in seen:
            result.update(resolve(jobs, parent, (*seen, name)))
    result.update(job)
    return result


def list_scripts(job):
    for key in ('before_script', 'script', 'after_script'):
        lines = job.get(key, [])
        yield from [lines] if isinstance(lines, str) else lines


def find_matrix_values(job, variable):
    for entry in job.get('parallel', {}).get('matrix', []):
        values = entry.get(variable, [])
        yield from [values] if isinstance(values, str) else values


def check_script(root, name, line):
    if not isinstance(line, str):
        yield f'{name}: {line!r} is no command: put it in quotes'
        return
    for called in PATH.findall(line):
        path = root / called
        if not path.is_file():
            yield f'{name} calls {called}, which is not there'
        elif not line.startswith(f'. {called}') and not os.access(path, os.X_OK):
            yield f'{name} calls {called}, which cannot be executed'


def check_job(root, config, jobs, name):
    job = resolve(jobs, name)
    for key in sorted(set(job) - SETTINGS):
        yield f'{name} has {key}, which is no setting of a job'
    if not job.get('script'):
        yield f'{name} has no script'
    if job.get('stage') not in config['stages']:
        yield f'{name} is of the stage {job.get("stage")}, which is not defined'
    image = job.get('image', config.get('default', {}).get('image'))
    variable = VARIABLE.match(image or '')
    if not image:
        yield f'{name} has no image'
    elif variable and not list(find_matrix_values(job, variable[1])):
        yield f'{name} has the image {image}, and no such variable in its matrix'
    for other in job.get('needs', []):
        other = other['job'] if isinstance(other, dict) else other
        if other not in jobs:
            yield f'{name} needs {other}, which is no job'
    for line in list_scripts(job):
        yield from check_script(root, name, line)


def check_references(config, jobs):
    for name, job in jobs.items():
        parents = job.get('extends', [])
        for parent in [parents] if isinstance(parents, str) else parents:
            if parent not in jobs:
                yield f'{name} extends {parent}, which is not there'
    for entry in config.get('include', []):
        for key, value in entry.get('inputs', {}).items():
            if key.endswith('-stage') and value not in config['stages']:
                yield f'{entry["component"]} is given the stage {value}, which is not defined'
            if key in ('docs-job-name', 'dist-job-name') and value not in jobs:
                yield f'{entry["component"]} is given the job {value}, which is not there'


def find_faults(root):
    config = yaml.safe_load((root / '.gitlab-ci.yml').read_text(encoding='utf-8'))
    jobs = {name: job for name, job in config.items() if name not in GLOBALS}
    yield from check_references(config, jobs)
    for name in jobs:
        if not name.startswith('.'):
            yield from check_job(root, config, jobs, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', nargs='?', type=pathlib.Path, default=ROOT)
    options = parser.parse_args()

    faults = list(find_faults(options.root))
    for fault in faults:
        print(f'not: {fault}', file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
