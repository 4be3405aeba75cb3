# SPDX-License-Identifier: BSD-2-Clause
"""Programs in other languages that leak as they are told; the leaking line bears the word LEAK."""

import os
import re
import subprocess
from pathlib import Path

C = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int load_one(const char *path);
void *work(void *count);

#ifndef CALLER /* of a library that has it */
__attribute__((noinline)) int load_one(const char *path)
{
	int fd = open(path, O_RDONLY); /* LEAK */
	return fd + 1;
}
#endif

#ifndef LIBRARY
__attribute__((noinline)) void *work(void *count)
{
	long n = (long)count;
	while (n--)
		if (!load_one("/etc/hostname"))
			abort();
	return (void *)n;
}

int main(int argc, char **argv)
{
	char line[32];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		pthread_t thread;

		if (argc > 1 && !strcmp(argv[1], "thread")) {
			if (pthread_create(&thread, NULL, work, (void *)atol(line)))
				return 1;
			pthread_join(thread, NULL);
		} else {
			work((void *)atol(line));
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}
#endif
"""

PLACES = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

%s
static int (*const places[])(void) = {%s};
static int held[sizeof(places) / sizeof(places[0])];

int main(void)
{
	char line[32];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		for (int i = 0; i < atoi(line); i++) {
			if (held[i])
				close(held[i] - 1);
			held[i] = places[i]();
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}
"""


def of_many_places(count):
    """C that opens a file in each of the functions place_0 …, anew each time that it is told."""
    return PLACES % (
        "\n".join(f"__attribute__((noinline)) static int place_{i}(void)\n{{\n"
                  '\treturn open("/dev/null", O_RDONLY) + 1;\n}' for i in range(count)),
        ", ".join(f"place_{i}" for i in range(count)))


NODE = """
const fs = require("fs");
function loadOne(path) {
  return fs.openSync(path, "r");
}
function work(count) {
  for (let i = 0; i < count; i++) loadOne("/etc/hostname");
}
console.log("ready");
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  work(Number(line));
  console.log("done");
});
"""

NODE_MODULE = NODE.replace('const fs = require("fs");',
                           'import fs from "fs"; import readline from "readline";').replace(
                               'require("readline")', "readline")

GO = r"""
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
)

var kept []*os.File

//go:noinline
func loadOne(path string) {
	file, err := os.Open(path) // LEAK
	if err != nil {
		panic(err)
	}
	kept = append(kept, file)
}

func work(count int, done chan bool) {
	for ; count > 0; count-- {
		loadOne("/etc/hostname") // CALL
	}
	done <- true
}

func main() {
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		count, _ := strconv.Atoi(input.Text())
		done := make(chan bool)
		go work(count, done)
		<-done
		fmt.Println("done")
	}
}
"""

# Compiled before it is told to leak: the map has no names for code that is interpreted.
JAVA = r"""
import java.io.*;
import java.util.*;

public class Leaky {
    static final List<FileInputStream> kept = new ArrayList<>();

    static FileInputStream loadOne(String path) throws IOException {
        return new FileInputStream(path); // LEAK
    }

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < 20000; i++)
            loadOne("/dev/null").close();
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            for (int i = Integer.parseInt(line); i > 0; i--)
                kept.add(loadOne("/etc/hostname"));
            System.out.println("done");
        }
    }
}
"""


def line(source, mark="LEAK"):
    return next(n for n, text in enumerate(source.splitlines(), 1) if mark in text)


def interpreters():
    """Every python3 there may be, as paths; those in FDWATCH_PYTHONS first, split by colons."""
    yield from filter(None, os.environ.get("FDWATCH_PYTHONS", "").split(":"))
    for folder in ("/usr/bin", "/usr/local/bin", "/opt"):
        yield from sorted(Path(folder).glob("python3.[0-9]*[0-9]"))
    yield from sorted(Path.home().glob(".pyenv/versions/*/bin/python3"))


def version_of(path):
    """(3, 11), or None where it does not run."""
    try:
        out = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10).stdout
    except OSError:
        return None
    match = re.fullmatch(r"Python (\d+)\.(\d+)\.\d+\S*\n", out)
    return (int(match[1]), int(match[2])) if match else None
