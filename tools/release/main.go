// Command release is for what goreleaser leaves to its users: "release check"
// looks whether what it built is what the registry asks for, and "release notes"
// prints what the changelog says about a version.
//
// What belongs here is what is known about releases, told once more than in
// .goreleaser.yml, so that a mistake in there shows.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	text, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	fmt.Fprint(os.Stdout, text)
}

// run carries out a command and returns what it has to say.
func run(args []string) (string, error) {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	root := flags.String("root", ".", "the checkout, with the release in its folder dist")
	version := flags.String("version", "", "for notes: the version, such as 1.2.3")
	only := flags.String("only", "", "for check: the one platform that was built, such as linux_amd64; all, if empty")
	if len(args) == 0 {
		return "", errors.New("say what to do: check or notes")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return "", err
	}
	switch args[0] {
	case "check":
		return check(*root, *only)
	case "notes":
		text, err := os.ReadFile(filepath.Join(*root, "CHANGELOG.md"))
		if err != nil {
			return "", err
		}
		return notes(string(text), *version)
	default:
		return "", fmt.Errorf("%s is neither check nor notes", args[0])
	}
}
