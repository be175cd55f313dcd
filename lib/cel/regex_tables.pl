#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Writes regex_tables.c: Unicode's general categories, scripts and simple case folding, from the data
# that perl carries.  Run by hand when a newer Unicode is wanted: perl regex_tables.pl > regex_tables.c
use strict;
use warnings;
use Unicode::UCD qw(prop_invlist prop_values prop_value_aliases casefold);

my @categories = qw(Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs);
my $version = Unicode::UCD::UnicodeVersion();
my (@ranges, @names);

sub add {
    my ($name, @list) = @_;
    my $start = @ranges;
    push @list, 0x110000 if @list % 2;
    for (my $i = 0; $i < @list; $i += 2) {
        push @ranges, [$list[$i], $list[$i + 1] - 1];
    }
    push @names, [$name, $start, @ranges - $start];
}

for my $c (@categories) {
    add($c, prop_invlist("General_Category=$c"));
}
for my $s (sort map { (Unicode::UCD::prop_value_aliases("Script", $_))[1] } prop_values("Script")) {
    next if $s =~ /^(Unknown|Katakana_Or_Hiragana)$/;
    add($s, prop_invlist("Script=$s"));
}

my %orbit;
for my $c (0 .. 0x1FFFF) {
    my $f = casefold($c) or next;
    my $simple = $f->{simple} or next;
    my $to = hex $simple;
    next if $to == $c;
    push @{ $orbit{$to} }, $c;
}
my @folds;
for my $to (sort { $a <=> $b } keys %orbit) {
    my @all = sort { $a <=> $b } ($to, @{ $orbit{$to} });
    push @folds, [$all[$_], $all[($_ + 1) % @all]] for 0 .. $#all;
}
@folds = sort { $a->[0] <=> $b->[0] } @folds;

print "/* SPDX-License-Identifier: Apache-2.0 */\n";
print "/*\n * Made by regex_tables.pl from Unicode $version.  Do not edit.\n */\n";
print "#include \"regex_tables.h\"\n\n/* clang-format off */\n";
print "const mp__regex_range mp__regex_ranges[] = {\n";
while (my @some = splice @ranges, 0, 6) {
    print "    ", join(" ", map { sprintf "{0x%X,0x%X},", @$_ } @some), "\n";
}
print "};\n\nconst mp__regex_named mp__regex_named_classes[] = {\n";
printf "    {\"%s\", %d, %d},\n", @$_ for @names;
print "};\nconst size_t mp__regex_named_count = sizeof mp__regex_named_classes / sizeof *mp__regex_named_classes;\n\n";
print "const mp__regex_range mp__regex_folds[] = {\n";
while (my @some = splice @folds, 0, 6) {
    print "    ", join(" ", map { sprintf "{0x%X,0x%X},", @$_ } @some), "\n";
}
print "};\nconst size_t mp__regex_fold_count = sizeof mp__regex_folds / sizeof *mp__regex_folds;\n";
