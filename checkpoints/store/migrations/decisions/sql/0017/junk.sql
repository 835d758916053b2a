-- What can't be read as what belongs there leaves a count: whoever sends it without end could fill the audit.
alter table desk.refused_sign_in drop constraint refused_sign_in_sort_check;
alter table desk.refused_sign_in add constraint refused_sign_in_sort_check
    check (sort in ('unknown', 'too soon', 'slack not signed', 'slack unknown', 'junk'));
