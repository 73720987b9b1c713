package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// stage is where everything is printed. It remembers what it printed, so that
// the demo can tell whether a secret was among it.
type stage struct {
	out     *os.File
	colour  bool
	printed bytes.Buffer
	secrets []string
}

func newStage(out *os.File) *stage {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &stage{out: out, colour: terminal && os.Getenv("NO_COLOR") == ""}
}

// Write prints what a program says.
func (s *stage) Write(p []byte) (int, error) {
	s.printed.Write(p)
	return s.out.Write(p)
}

// heading opens a step of the story.
func (s *stage) heading(number int, title string) {
	line := fmt.Sprintf("=== %d. %s", number, title)
	if s.colour {
		line = "\033[1;36m" + line + "\033[0m"
	}
	fmt.Fprintf(s, "\n%s\n", line)
}

// say prints a remark of the demo's own.
func (s *stage) say(format string, args ...any) {
	line := fmt.Sprintf("--- "+format, args...)
	if s.colour {
		line = "\033[36m" + line + "\033[0m"
	}
	fmt.Fprintf(s, "\n%s\n", line)
}

// keepSecret names a value that must never be printed.
func (s *stage) keepSecret(secret string) {
	s.secrets = append(s.secrets, secret)
}

// leaked is an error if a secret was printed.
func (s *stage) leaked() error {
	for _, secret := range s.secrets {
		if bytes.Contains(s.printed.Bytes(), []byte(secret)) {
			return errors.New("a key or a token was printed above")
		}
	}
	return nil
}
