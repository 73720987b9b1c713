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

// printTable prints every question with its answer.
func (c *check) printTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, strings.TrimRight(strings.Join(cells, "\t"), "\t")) }
	row("NAME", "QUESTION", "ANSWER", "WHAT IT MEANS", "PAGE IN docs")
	for _, t := range topics() {
		for _, q := range t.questions {
			a := c.answers[q.name]
			meaning := q.meaning(a)
			if a.value == nil {
				meaning = "Not found out: " + a.reason
			}
			asks, means := wrap(q.asks, 36), wrap(meaning, 52)
			for i := range max(len(asks), len(means)) {
				cells := []string{"", at(asks, i), "", at(means, i), ""}
				if i == 0 {
					cells[0], cells[2], cells[4] = q.name, a.text(), t.page
				}
				row(cells...)
			}
		}
	}
	return table.Flush()
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// wrap breaks a text into lines, between words.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
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
