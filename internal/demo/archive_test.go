package main

import "testing"

func TestReleasedVersion(t *testing.T) {
	for archive, want := range map[string]string{
		"dist/terraform-provider-imkit_1.2.3_" + platform + ".zip":         "1.2.3",
		"terraform-provider-imkit_1.2.3-rc.1_" + platform + ".zip":         "1.2.3-rc.1",
		"terraform-provider-imkit_" + platform + ".zip":                    "",
		"terraform-provider-imkit_1.2.3_plan9_mips.zip":                    "",
		"terraform-provider-other_1.2.3_" + platform + ".zip":              "",
		"terraform-provider-imkit_1.2.3_" + platform + ".zip/something":    "",
		"dist/terraform-provider-imkit_*_" + platform + "_and_another.zip": "",
	} {
		if got, err := releasedVersion(archive); got != want || (err == nil) != (want != "") {
			t.Errorf("the version of %s is %q, %v; want %q", archive, got, err, want)
		}
	}
}
