package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// text is an answer as a person reads it.
func (a answer) text() string {
	switch value := a.value.(type) {
	case bool:
		return map[bool]string{true: "yes", false: "no"}[value]
	case string:
		return value
	}
	return "unknown"
}

// meaning is what an answer means to users.
func (q question) meaning(a answer) string {
	text := q.yes
	switch a.value {
	case false, "0s", "none", "ignored":
		text = cmp.Or(q.no, q.yes)
	}
	return strings.TrimSpace(text + " " + a.detail)
}

// printTable prints every question with its answer, and below it what that means. What was not asked has one line in all.
func (c *check) printTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range topics()[:c.asked] {
		fmt.Fprintf(table, "\n%s (docs/%s)\n", t.title, t.page)
		for _, q := range t.questions {
			a := c.answers[q.name]
			meaning := q.meaning(a)
			if a.value == nil {
				meaning = "Not found out: " + a.reason
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n\t\t%s\n", q.name, a.text(), q.asks, meaning)
		}
	}
	if c.asked < len(topics()) {
		fmt.Fprintf(table, "\nNothing else was asked: %v\n", c.over)
	}
	return table.Flush()
}

// printJSON prints one object, for reports.
func (c *check) printJSON(w io.Writer) error {
	type item struct {
		Name    string `json:"name"`
		Value   any    `json:"value"`
		Meaning string `json:"meaning,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
	report := struct {
		Server  string `json:"server"`
		Answers []item `json:"answers"`
	}{Server: c.server}
	for _, t := range topics() {
		for _, q := range t.questions {
			a := c.answers[q.name]
			i := item{Name: q.name, Value: "unknown", Reason: a.reason}
			if a.value != nil {
				i.Value, i.Meaning = a.value, q.meaning(a)
			}
			report.Answers = append(report.Answers, i)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(report)
}
