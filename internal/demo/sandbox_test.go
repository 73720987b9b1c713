package main

import (
	"maps"
	"strings"
	"testing"
)

func TestReadExports(t *testing.T) {
	got := readExports(strings.NewReader("# Listening.\nexport IMKIT_BASE_URL='http://127.0.0.1:1'\nexport IMKIT_API_KEY='a=='\nexport IMKIT_CLIENT_KEY='b'\n"))
	want := map[string]string{"IMKIT_BASE_URL": "http://127.0.0.1:1", "IMKIT_API_KEY": "a==", "IMKIT_CLIENT_KEY": "b"}
	if !maps.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}
