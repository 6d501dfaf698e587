"""The functions whose answer depends on nothing but their arguments and the rows read.

A function that is not here may read the clock, a sequence, the session or another table: nothing
that a tag could tell of. Some depend on the session's time zone; all our sessions have one.
"""

_AGGREGATES = """
    any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp
    every json_agg json_object_agg jsonb_agg jsonb_object_agg max min mode percentile_cont
    percentile_disc range_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    stddev stddev_pop stddev_samp string_agg aggregate_strings sum var_pop var_samp variance
    any all some
"""
_WINDOWS = """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number
"""
_GROUPINGS = "cube rollup grouping grouping_sets"
_NUMBERS = """
    abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees div exp floor gcd lcm ln log log10
    mod pi pow power radians round sign sin sqrt tan trunc width_bucket
"""
_TEXTS = """
    ascii bit_length btrim char_length character_length chr concat concat_ws initcap left length
    lower lpad ltrim md5 octet_length overlay position regexp_count regexp_instr regexp_like
    regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
    regexp_substr repeat replace reverse right rpad rtrim split_part starts_with
    string_to_array string_to_table strpos substr substring translate trim upper
    encode decode sha224 sha256 sha384 sha512 to_char to_number to_hex to_date to_timestamp
    similarity ts_rank to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery
"""
_TIMES = """
    date date_bin date_part date_trunc extract isfinite justify_days justify_hours
    justify_interval make_date make_interval make_time make_timestamp make_timestamptz timezone
"""
_CHOICES = "coalesce greatest least nullif num_nonnulls num_nulls"
_COLLECTIONS = """
    array_append array_cat array_dims array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_string array_upper
    cardinality generate_series generate_subscripts unnest trim_array
    isempty lower_inc lower_inf upper_inc upper_inf range_merge int4range int8range numrange
    daterange tsrange tstzrange
    json_build_array json_build_object json_array_elements json_array_elements_text
    json_array_length json_each json_each_text json_extract_path json_extract_path_text
    json_object json_object_keys json_strip_nulls json_typeof row_to_json to_json to_jsonb
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
    jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
    jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match
    jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set
    jsonb_strip_nulls jsonb_typeof
"""

STEADY = frozenset(
    word
    for words in (
        *(_AGGREGATES, _WINDOWS, _GROUPINGS, _NUMBERS, _TEXTS, _TIMES, _CHOICES, _COLLECTIONS),
    )
    for word in words.split()
)
