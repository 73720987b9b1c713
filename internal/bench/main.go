// Command bench measures the provider with a real Terraform against a chat
// server of its own, and beside it hashicorp/time, a provider that calls nothing.
// "make bench" runs it; the environment variable TERRAFORM names another binary.
//
// What belongs here is what is measured, and how. Like the demo it uses the
// provider as its users do, as a program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	clients   int
	rooms     int
	members   int
	keys      int
	limited   int
	records   int
	latencies durations
	runs      int
	yardstick int
}

// durations is a flag with a list, such as "0s,50ms".
type durations []time.Duration

func (d *durations) String() string {
	texts := make([]string, len(*d))
	for i, one := range *d {
		texts[i] = one.String()
	}
	return strings.Join(texts, ",")
}

// Set replaces the list.
func (d *durations) Set(text string) error {
	*d = nil
	for field := range strings.SplitSeq(text, ",") {
		one, err := time.ParseDuration(strings.TrimSpace(field))
		if err != nil {
			return err
		}
		*d = append(*d, one)
	}
	return nil
}

func main() {
	o := options{latencies: durations{0, 50 * time.Millisecond}}
	flag.IntVar(&o.clients, "clients", 500, "how many imkit_client")
	flag.IntVar(&o.limited, "limited", 300, "how many imkit_client under a rate limit")
	flag.IntVar(&o.rooms, "rooms", 500, "how many imkit_room")
	flag.IntVar(&o.members, "members", 200, "how many imkit_room_member of one room")
	flag.IntVar(&o.keys, "keys", 200, "how many imkit_config")
	flag.IntVar(&o.records, "records", 10000, "how many records in one imkit_client_batch; a tenth and half of it are measured too")
	flag.Var(&o.latencies, "latency", "the server's latencies, separated by commas")
	flag.IntVar(&o.runs, "runs", 3, "how often everything is measured; the medians are printed")
	flag.IntVar(&o.yardstick, "yardstick", 1000, "up to how many time_static to compare with: Terraform itself takes very long for many resources")
	quick := flag.Bool("quick", false, "measure once")
	flag.Parse()
	if *quick {
		o.runs = 1
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "The benchmark failed:", err)
		os.Exit(1)
	}
}

// run measures everything as often as wanted, prints the tables and clears up.
func run(ctx context.Context, o options) (err error) {
	if min(o.clients, o.limited, o.rooms, o.members, o.keys) < 1 || o.records < 10 || o.runs < 1 {
		return errors.New("-clients, -limited, -rooms, -members, -keys and -runs have to be 1 or more, -records 10 or more")
	}
	binary, err := findTerraform()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "imkit-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintln(os.Stderr, "Building the provider and the yardstick.")
	cliConfig, err := layOut(ctx, dir)
	if err != nil {
		return err
	}
	tf := terraform{path: binary, env: environment(cliConfig)}
	var results []*result
	for _, group := range o.groups() {
		for i := range o.runs {
			fmt.Fprintf(os.Stderr, "%s, run %d of %d\n", group[0].size(), i+1, o.runs)
			if err := measure(ctx, tf, dir, group); err != nil {
				return err
			}
		}
		results = append(results, group...)
	}
	printTables(os.Stdout, results)
	return nil
}

// groups are what is measured side by side, step by step, so that a machine that
// is busy for a while slows all of a group.
func (o options) groups() [][]*result {
	clients := o.yardsticks(o.clients)
	for _, latency := range o.latencies {
		clients = append(clients, &result{subject: manyClients, count: o.clients, latency: latency})
	}
	groups := [][]*result{clients, {{subject: limitedClients, count: o.limited}}}
	for _, many := range []struct {
		*subject
		count int
	}{{manyRooms, o.rooms}, {manyMembers, o.members}, {manyKeys, o.keys}} {
		group := o.yardsticks(many.count)
		for _, latency := range o.latencies {
			group = append(group, &result{subject: many.subject, count: many.count, latency: latency})
		}
		groups = append(groups, group)
	}
	for _, count := range []int{o.records / 10, o.records / 2, o.records} {
		group := o.yardsticks(count)
		for i, latency := range o.latencies {
			if i == 0 || count == o.records {
				group = append(group, &result{subject: oneBatch, count: count, latency: latency})
			}
		}
		groups = append(groups, group)
	}
	for _, group := range groups {
		for _, r := range group {
			if group[0].subject == yardstick {
				r.yardstick = group[0]
			}
		}
	}
	return groups
}

func (o options) yardsticks(count int) []*result {
	if count > o.yardstick {
		return nil
	}
	return []*result{{subject: yardstick, count: count}}
}
